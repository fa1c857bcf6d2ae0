"""All problems of a run, the worst first.

The order is: broken, slow, worse than earlier runs, beyond the expected load, not proven, wasteful. Problems with the same
cause are one, in the place of the first.
"""

from __future__ import annotations

from reznet_load.report.problems.broken import broken, causes_of, ended_badly, failing_rows, of_void
from reznet_load.report.problems.joined import joined
from reznet_load.report.problems.open import unproven, wasteful
from reznet_load.report.problems.probed import with_probes
from reznet_load.report.problems.problem import Problem
from reznet_load.report.problems.slow import beyond, slow, worse
from reznet_load.report.view import View, remedied


def problems(view: View) -> tuple[Problem, ...]:
    """All problems, the worst first; for a void run only the problems of the generator."""
    voids = [one for one in remedied(view.result.cautions) if one.void]
    if voids:
        return tuple(of_void(view, one) for one in voids)
    rows = failing_rows(view)
    causes = causes_of(view, rows)
    fails = tuple(broken(view, rows, causes))
    about = {id for one in fails for id in one.about}
    shown = {one.id for one in causes.values()}
    found = (
        *fails,
        *ended_badly(view),
        *slow(view, shown, about),
        *worse(view),
        *beyond(view),
        *unproven(view),
        *wasteful(view, shown),
    )
    return tuple(with_probes(view, one) for one in joined(found))

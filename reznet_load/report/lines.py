"""Chooses the run from which each line and block of a target's document comes.

A line has the worst outcome of the latest valid load and 100-user runs. If the document is written after a run of
another kind, that run gives the lines that neither of them measured, and failures that it proves. The performance suite
gives the lines that no other run measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from reznet_load.core.measured.measurement import Row
from reznet_load.core.nfr import Nfr
from reznet_load.core.run import INVALID, MARKS, SUITE, Verdict
from reznet_load.core.text.next_command import next_command
from reznet_load.report.view import View, actual, brief
from reznet_load.verdict.judgement import NOT_JUDGED, RANK

_LOAD, _OTHER = "load", "other"
_NO_LOAD = "no valid load run of this target yet: "
NO_LOAD = f"{_NO_LOAD}make load"
# The reason of requirements that need load, in a run of the suite. Version 0.1.0 wrote the same text.
ONE_USER = "one user and no load do not show it: make load does"
_ONE_USER = (ONE_USER, "no load run of this target yet: make load")


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """The verdict on a requirement, and the run from which the verdict is; `run` is "" if no run measured it."""

    verdict: Verdict
    run: str


@dataclass(frozen=True, slots=True)
class _Source:
    kind: str
    run: str
    verdicts: dict[str, Verdict]


def _sources(view: View) -> Iterator[_Source]:
    """The run of the document, then the runs of its context, without older runs of the same kind."""
    result = view.result
    kind = kind_of(view)
    own = SUITE if kind == "suite" else _LOAD if kind in ("load", "large") else _OTHER
    yield _Source(own, result.info.id, {verdict.id: verdict for verdict in result.verdicts})
    for name, other in view.context.latest("load", "large", "suite"):
        if name != kind:
            verdicts = {verdict.id: verdict for verdict in other.verdicts}
            yield _Source(SUITE if name == "suite" else _LOAD, other.run, verdicts)


def kind_of(view: View) -> str:
    """`load`, `large` or `suite` if the run of the document is a valid run of this kind, else `other`."""
    info = view.result.info
    if view.result.outcome in INVALID:
        return _OTHER
    if info.scenario == SUITE:
        return "suite"
    if info.scenario != "load":
        return _OTHER
    return "large" if info.users >= view.requirements.expected_users else "load"


def tried_large(view: View) -> bool:
    """Was a phase with the expected number of users judged? The peak of a spike does not count."""
    return view.main is not None and _main_users(view) >= view.requirements.expected_users


def _main_users(view: View) -> int:
    return (view.main.users if view.main else 0) or view.result.info.users


def line(view: View, nfr: str) -> RequirementLine | None:
    """The line of the requirement `nfr`; None if the run of the document has no verdict on it."""
    found = [(source, source.verdicts[nfr]) for source in _sources(view) if nfr in source.verdicts]
    own = view.verdict(nfr)
    if own is None:
        return None
    judged = [(source, v) for source, v in found if v.outcome != "pending" and v.counts]
    loads = [pair for pair in judged if pair[0].kind == _LOAD]
    others = [pair for pair in judged if pair[0].kind == _OTHER]
    proven = [pair for pair in others if pair[1].outcome == "fail"]
    judged_pairs = [
        pair for pair in found if pair[1].outcome != "pending"
    ]  # "100 not tried" judges nothing, and says so
    pool = loads + proven if loads else others or [p for p in judged if p[0].kind == SUITE] or judged_pairs[:1]
    if not pool:
        known = bool(view.context.latest("load", "large"))
        missing = "the latest load run did not measure it" if known else _no_load(view)
        reason = missing if own.reason in _ONE_USER else own.reason
        return RequirementLine(replace(own, reason=reason), "")
    source, worst = max(pool, key=lambda pair: RANK[pair[1].outcome])
    return RequirementLine(worst, source.run)


def _no_load(view: View) -> str:
    """NO_LOAD; if the backend is not RezNet, with the reader's own command."""
    return f"{_NO_LOAD}{next_command(view.result.info, 'make load', 'load')}"


def status(view: View, *nfrs: str) -> str:
    """The worst mark of the requirements `nfrs`, with the reason if one is needed.

    If the worst verdict is from another phase than the figures of the section, the text names requirement and phase.
    """
    found = [one for nfr in nfrs if (one := line(view, nfr)) is not None]
    if not found:
        return f"{MARKS['pending']}: no requirement of this section in nfr.toml"
    judged = [one for one in found if one.verdict.outcome != "pending"]
    worst = max(judged or found, key=lambda one: RANK[one.verdict.outcome])
    verdict = worst.verdict
    open_ = verdict.outcome in ("fail", "warning")
    alike = [one for one in judged if one.verdict.outcome == verdict.outcome] if open_ else [worst]
    named = (open_ and len(found) > 1) or _elsewhere(view, worst)
    which = ", ".join(one.verdict.title + _elsewhere(view, one) for one in alike) if named else ""
    # No reason if several requirements share the mark (the tables have the reasons), or if a value misses its limit (the
    # section has the value).
    why = "" if len(alike) > 1 or (verdict.outcome == "fail" and verdict.value is not None) else brief(verdict)
    return ": ".join(filter(None, (verdict.mark, which, why)))


def _elsewhere(view: View, one: RequirementLine) -> str:
    """` in recovery` if the line was decided in another phase of this run than the phase of the sections' figures."""
    own = one.run == view.result.info.id
    elsewhere = own and view.main is not None and one.verdict.phase not in ("", view.main.name)
    return f" in {one.verdict.phase}" if elsewhere else ""


def summary(view: View) -> list[dict[str, str]]:
    """The lines of the executive summary: metric, target, status, actual value, and the run if it is another run."""
    lines = [cells for nfr in view.requirements.nfrs if nfr.summary and (cells := _cells(view, nfr))]
    said = [cells for cells in lines if NOT_JUDGED in cells["actual"]]
    return [_briefly(cells) if cells in said[1:] else cells for cells in lines]


def beside(view: View) -> list[dict[str, str]]:
    """The lines of requirements outside the executive summary, with the section that has their figures."""
    lines = ((nfr, _cells(view, nfr)) for nfr in view.requirements.nfrs if not nfr.summary)
    return [_briefly(cells) | {"section": str(nfr.section)} for nfr, cells in lines if cells]


def _briefly(cells: dict[str, str]) -> dict[str, str]:
    """`cells` without text that the executive summary says once for all lines."""
    return cells | {"actual": cells["actual"].replace(NOT_JUDGED, "")}


def _cells(view: View, nfr: Nfr) -> dict[str, str]:
    """The cells of a requirement in a table; {} if the run of the document has no verdict on it."""
    if (one := line(view, nfr.id)) is None:
        return {}
    own = one.run == view.result.info.id
    source = f" — run `{one.run}`" if one.run and not own else ""
    return {
        "metric": nfr.title + ("" if nfr.required else " (advisory)"),
        "target": nfr.target_text,
        "status": one.verdict.mark,
        "actual": actual(one.verdict, len(view.judged_phases) if own else 1) + source,
        "source": source,
    }


def row(view: View, key: str) -> tuple[Row | None, str]:
    """(the row `key`, its run), from the run of the document, else from the latest load, 100-user run or suite with the row."""
    if (own := view.row(key)) is not None:
        return own, view.result.info.id
    for _, other in view.context.latest("load", "large", "suite"):
        if (found := other.row(key)) is not None:
            return found, other.run
    return None, ""

"""Checks whether the two sides of a duel may be compared.

A duel has its own rules for the generator, because disturbances that affect both sides cancel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy import special

from reznet_load.core.phases.pairs import SIDES
from reznet_load.core.profile import Phase
from reznet_load.core.rows import CALIBRATION_ERROR, LATE_START
from reznet_load.core.run import Caution, RunInfo
from reznet_load.core.units import format_value
from reznet_load.verdict.cautions import cautions
from reznet_load.verdict.duel.measured import MeasuredFigure, Sides
from reznet_load.verdict.duel.pairs import paired

MOST_DISTURBED = 0.05  # share of operations; if more are disturbed, the rest is not the requested load (our judgement)
# ms by which the generator may be later for one side: a fifth of the fastest row's time (our judgement)
MOST_APART = 1.0
_SURELY = 0.01  # two-sided p: one in a hundred duels of equal sides is below it
# These void a single run; in a duel they affect both sides at the same moments.
_ALIKE = (
    "loop_lag", "loop_stalls", "calibration", "late_start", "late_arrivals", "generator_cpu", "waiting", "gc_pause", "no_free_core",
)  # fmt: skip
_NOT_SAID = ("short", "rate_not_reached")  # about absolute verdicts, which a duel does not give
_FEWEST = 3  # pairs of blocks


def duel_cautions(
    infos: tuple[RunInfo, RunInfo], sides: Sides, phase: Phase, measured: Sequence[MeasuredFigure]
) -> tuple[Caution, ...]:
    """All reasons to distrust the comparison. If one of them is `void`, the duel is void."""
    return (*_of_sides(infos, sides), *_disturbed(measured), *_apart(sides, phase))


def _of_sides(infos: tuple[RunInfo, RunInfo], sides: Sides) -> Iterator[Caution]:
    """The cautions of each side; a caution that affects both sides alike appears once."""
    found = [cautions(info, dict(side)) for info, side in zip(infos, sides, strict=True)]
    for number, own in enumerate(found):
        others = {one.id for one in found[1 - number]}
        for one in own:
            if one.id in _NOT_SAID or (number and one.id in others and one.id in _ALIKE):
                continue
            alike = one.id in _ALIKE
            if alike and not one.void:
                continue  # too small to void a single run: it cancels, and nearly every duel would report it
            text = one.text if alike else f"{SIDES[number]}: {one.text}"
            yield replace(one, text=text, void=one.void and not alike)


def _disturbed(measured: Sequence[MeasuredFigure]) -> Iterator[Caution]:
    dropped = sum(one.a.dropped + one.b.dropped for one in measured)
    whole = sum(one.a.n + one.b.n for one in measured) + dropped
    if not dropped:
        return
    share = dropped / whole
    yield Caution(
        "disturbed_pairs",
        f"The generator stood still for over 100 ms at times: {dropped} of {whole} operations were left out on both sides "
        f"({_percent(share)}).",
        "Stop other programs on this machine, give the generator a core of its own, or ask for fewer users.",
        void=share > MOST_DISTURBED,
    )


def _percent(share: float) -> str:
    """A share as a percentage; no decimals from 1 % on."""
    return f"{100 * share:.0f} %" if share >= 0.01 else format_value(100 * share, "%")


def _apart(sides: Sides, phase: Phase) -> Iterator[Caution]:
    """Was the generator later for one side than for the other? Only if proven, and by more than MOST_APART."""
    for row in (LATE_START, CALIBRATION_ERROR):
        if not all(row.key in side for side in sides):
            continue
        parts = [side[row.key].within(phase) for side in sides]
        starts, values = (parts[0].start, parts[1].start), (parts[0].value, parts[1].value)
        difference = paired(row.key, starts, values, phase.start, phase.seconds, ratio=False).differences
        if len(difference) < _FEWEST or abs(float(difference.mean())) <= MOST_APART or _p(difference) >= _SURELY:
            continue
        later = SIDES[int(difference.mean() > 0)]
        apart = format_value(abs(float(difference.mean())), "ms")
        text = f"The generator was later for {later} by {apart} on average ({row.about}), so the comparison includes its delay."
        yield Caution("sides_apart", text, "Run the duel again; give the generator a core of its own.", void=True)
        return


def _p(difference: np.ndarray) -> float:
    """Two-sided p value of the hypothesis that the mean is 0."""
    n = len(difference)
    error = float(difference.std(ddof=1)) / np.sqrt(n)
    return 2 * float(special.stdtr(n - 1, -abs(float(difference.mean())) / max(error, 1e-12)))

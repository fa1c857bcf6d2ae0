"""The result of a duel: each requirement's worst row, and the outcome of the whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reznet_load.core.settings.duel import MARGIN
from reznet_load.verdict.duel.change import FEWEST, PairedChange
from reznet_load.verdict.duel.pairs import BLOCK_SECONDS

SLOWER, SLIGHTLY, NO_WORSE, OPEN, MISSING = "slower", "slightly slower", "no worse", "undecided", "not measured"
_ORDER = (SLOWER, MISSING, SLIGHTLY, OPEN, NO_WORSE)


@dataclass(frozen=True, slots=True)
class DuelAnswer:
    """The answer for one requirement.

    answer    SLOWER: proven slower, by more than the margin; SLIGHTLY: proven slower, within the margin; NO_WORSE: the
              upper bound is below the margin; OPEN: none of these; MISSING: a side gave no value
    change    of the row that decides; None if nothing was measured on both sides
    more      minutes of duel still needed for 80 % power, 0 if decided; None if more than two hours
    """

    id: str
    answer: str
    margin: float
    change: PairedChange | None = None
    more: float | None = 0.0


def decide(change: PairedChange, margin: float) -> str:
    """The answer for one row against `margin` percent (points, for a share)."""
    if change.slower:
        return SLOWER if change.estimate > margin else SLIGHTLY
    return NO_WORSE if change.high < margin else OPEN


def answer(
    changes: Mapping[str, tuple[PairedChange, ...]],
    margins: Mapping[str, float],
    short: Mapping[str, int] | None = None,
) -> tuple[DuelAnswer, ...]:
    """One answer per requirement, in the order of `changes`: requirement id -> its rows; the worst row decides.

    short    requirement id -> pairs of its best row, if both sides were measured but none has enough for an interval
    """
    found = []
    for id, rows in changes.items():
        margin = margins.get(id, MARGIN)
        if not rows and short and id in short:
            found.append(DuelAnswer(id, OPEN, margin, more=_until_first_interval(short[id])))
            continue
        if not rows:
            found.append(DuelAnswer(id, MISSING, margin))
            continue
        worst = min(rows, key=lambda one: (_ORDER.index(decide(one, margin)), -one.estimate))
        decided = decide(worst, margin)
        found.append(DuelAnswer(id, decided, margin, worst, _more(worst, margin) if decided == OPEN else 0.0))
    return tuple(found)


def _until_first_interval(pairs: int) -> float:
    return float(math.ceil((FEWEST - pairs) * BLOCK_SECONDS / 60))


def _more(change: PairedChange, margin: float) -> float | None:
    missing = max(change.pairs_needed(margin) - change.pairs, 1)
    minutes = math.ceil(missing * change.block_seconds / 60)
    return float(minutes) if minutes <= 120 else None


def worst_first(answers: Iterable[DuelAnswer]) -> list[DuelAnswer]:
    """As a reader wants them: what is slower, what is missing, what is open, what is no worse; otherwise in their order."""
    return sorted(answers, key=lambda one: _ORDER.index(one.answer))


def outcome(found: tuple[DuelAnswer, ...], required: frozenset[str], prove_no_worse: bool) -> str:
    """`fail`, `warning`, `unjudged` or `pass` of the required requirements (exit codes as of every run).

    prove_no_worse    every upper bound must be below its margin; open counts as fail. No Holm correction: all must
                      hold.
    """
    answers = {one.answer for one in found if one.id in required}
    if not answers or MISSING in answers:
        return "fail" if SLOWER in answers else "unjudged"
    if prove_no_worse:
        held = [one.change is not None and one.change.high < one.margin for one in found if one.id in required]
        return "pass" if all(held) else "fail"
    if SLOWER in answers:
        return "fail"
    return "warning" if answers & {SLIGHTLY, OPEN} else "pass"

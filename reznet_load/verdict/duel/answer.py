"""The result of a duel: an answer for each requirement from its worst row, and the outcome of the duel."""

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
    margin    percent (percentage points for a share): a slowdown up to this size does not fail the duel
    change    of the row that decides; None if no row has an interval
    more      minutes that a duel must last in addition for 80 % power; 0 if decided, None if more than two hours
    """

    id: str
    answer: str
    margin: float
    change: PairedChange | None = None
    more: float | None = 0.0


def decide(change: PairedChange, margin: float) -> str:
    """The answer for one row with a margin of `margin` percent (percentage points for a share)."""
    if change.slower:
        return SLOWER if change.estimate > margin else SLIGHTLY
    return NO_WORSE if change.high < margin else OPEN


def answer(
    changes: Mapping[str, tuple[PairedChange, ...]],
    margins: Mapping[str, float],
    short: Mapping[str, int] | None = None,
) -> tuple[DuelAnswer, ...]:
    """One answer for each requirement, in the order of `changes`; the worst row of a requirement decides.

    changes  requirement id -> the changes of its rows
    margins  requirement id -> its own margin, if it has one
    short    requirement id -> pairs of its best row, if both sides were measured but no row has enough pairs for an
             interval
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
    """Slower answers first, then missing, slower within the margin, undecided, no worse; otherwise in the given order."""
    return sorted(answers, key=lambda one: _ORDER.index(one.answer))


def outcome(found: tuple[DuelAnswer, ...], required: frozenset[str], prove_no_worse: bool) -> str:
    """`fail`, `warning`, `unjudged` or `pass`, from the answers of the `required` requirements.

    prove_no_worse    every upper bound must be below its margin, and OPEN counts as fail. There is no Holm correction,
                      because all bounds must hold.
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

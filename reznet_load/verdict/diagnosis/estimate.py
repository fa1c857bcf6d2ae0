"""Shares of a judged statistic with their uncertainty; sentences and patterns both use this estimate.

Delete-a-group jackknife over ten equal blocks of the phase (Tukey; Kott 2001): a share is estimated ten more times,
each time without one block; the variation gives the interval. Two-sided 90 %. Cost: eleven times one split.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from reznet_load.core.profile import Phase
from reznet_load.verdict.diagnosis.evidence import Evidence
from reznet_load.verdict.diagnosis.loop import loop_waits
from reznet_load.verdict.diagnosis.shares import Split, parts_of, wait_part
from reznet_load.verdict.intervals import BLOCKS, student

_FEWEST = 3  # blocks that allow an estimate


@dataclass(frozen=True, slots=True)
class TimeShare:
    """Percent of the judged statistic, and its bounds."""

    value: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """`59 %`, or `54 to 64 %` if the bounds differ after rounding."""
        low, high = round(self.low), round(self.high)
        return f"{self.value:.0f} %" if high - low <= 1 else f"{low} to {high} %"


@dataclass(frozen=True, slots=True)
class Estimate:
    """The parts that took the time of one row's statistic: `split` in ms, `shares` by part, largest first."""

    split: Split
    shares: dict[str, TimeShare]

    def share(self, part: str) -> TimeShare:
        """The share of `part`; 0 for a part that took no time."""
        return self.shares.get(part, TimeShare(0.0, 0.0, 0.0))


def estimate(evidence: Evidence, key: str, statistic: str, phase: Phase) -> Estimate | None:
    """The estimate for `key` at `statistic` in `phase`; None if there are too few samples to split."""
    wait = wait_part(loop_waits(evidence, phase))
    whole = parts_of(evidence, key, statistic, phase, wait)
    if whole is None or not whole.parts or whole.value <= 0:
        return None
    width, others = phase.seconds / BLOCKS, []
    for number in range(BLOCKS):
        begin = phase.start + number * width
        made = parts_of(replace(evidence, left_out=(begin, begin + width)), key, statistic, phase, wait)
        if made is not None and made.value > 0:
            others.append({part: 100 * taken / made.value for part, taken in made.parts.items()})
    shares = {part: _share(part, 100 * taken / whole.value, others) for part, taken in whole.parts.items()}
    return Estimate(whole, shares)


def _share(part: str, value: float, others: list[dict[str, float]]) -> TimeShare:
    count = len(others)
    if count < _FEWEST:
        return TimeShare(value, 0.0, 100.0)
    without = [one.get(part, 0.0) for one in others]
    middle = sum(without) / count
    reach = student(count - 1) * math.sqrt((count - 1) / count * sum((one - middle) ** 2 for one in without))
    return TimeShare(value, max(0.0, value - reach), min(100.0, value + reach))


def rest_text(percent: float, named: list[TimeShare]) -> str:
    """The share of the parts without a name: `below 1 %`, `3 %`, or `0 to 4 %`.

    It is a range if no named part can have taken what the largest, the first of `named`, may not have taken.
    """
    open_ = round(100 - named[0].low - sum(one.high for one in named[1:]))
    if open_ > max(1, round(percent)):
        return f"0 to {open_} %"
    return "below 1 %" if percent < 1 else f"{percent:.0f} %"

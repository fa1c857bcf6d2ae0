"""One run as a side of a comparison: verdicts, samples by block of time, values with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import Requirements
from reznet_load.core.profile import Phase, main_phase
from reznet_load.core.run import RunResult
from reznet_load.history.between import Blocks, bound_between
from reznet_load.history.line import HistoryLine
from reznet_load.history.store import line_of
from reznet_load.result.assemble import judge_ended
from reznet_load.result.files import read_files
from reznet_load.verdict.intervals import blocks, design_effect, per_block, quantile_bounds, share_interval
from reznet_load.verdict.samples import Series


@dataclass(frozen=True, slots=True)
class Side:
    """A judged run with its samples."""

    result: RunResult
    requirements: Requirements
    series: dict[str, Series]

    @property
    def line(self) -> HistoryLine:
        """The run's line of the history."""
        return line_of(self.result)

    @property
    def phase(self) -> Phase | None:
        """The judged phase with the most users; None if there is none."""
        return main_phase(self.result.info.phases)

    def part(self, key: str, phase: str = "") -> Series | None:
        """The samples of the row `key` in the phase named `phase`, or in the main phase; None if there are none."""
        found = next((one for one in self.result.info.phases if one.name == phase), self.phase)
        part = self.series[key].within(found) if found and key in self.series else None
        return part if part is not None and len(part) else None


def read(folder: Path) -> Side:
    """Judge the run folder `folder`. Raises ConfigError if there is nothing to judge."""
    files = read_files(folder)
    return Side(judge_ended(files), files.requirements, files.series)


def timed(part: Series) -> tuple[np.ndarray, np.ndarray]:
    """(start, value) of judged samples: timed successes, and missing parts with their time-outs."""
    chosen = part.valued
    return part.start[chosen], part.value[chosen].astype(float)


def blocked(part: Series, statistic: str, bound: float) -> Blocks | None:
    """Sums and counts by block for `statistic`: of values, shares, failures, or values of `bound` or more.

    None if `part` has no sample for it.
    """
    family = statistic_of(statistic).family
    if family == "errors":
        ended = part.ok | part.failed
        start, value = part.start[ended], part.failed[ended].astype(float)
    else:
        start, value = timed(part)
        value = (value >= bound).astype(float) if family == "quantile" else value / (100 if family == "share" else 1)
    if not len(start):
        return None
    block = blocks(start)
    counts = per_block(block)
    used = counts > 0
    return Blocks(per_block(block, value)[used], counts[used])


def bound(parts: list[Series], statistic: str) -> float:
    """The bound beyond which shares of samples are compared; 0 if `statistic` is not a quantile."""
    level = statistic_of(statistic).level
    one, other = (timed(part)[1] for part in parts)
    return bound_between(one, other, level) if level and len(one) and len(other) else 0.0


def quantile(part: Series, level: float) -> tuple[float, float, float, int] | None:
    """(value, low, high, n) of a quantile, with two-sided 90 % bounds; None if there is no timed success."""
    start, value = timed(part)
    if not len(value):
        return None
    found = float(np.quantile(value, level, method="inverted_cdf"))
    block = blocks(start)
    counts, past = per_block(block), per_block(block, value >= found)
    used = counts > 0
    effect = design_effect(past[used], counts[used])
    effective = share_interval(past[used], counts[used], effect).effective
    return found, *quantile_bounds(value, level, max(effective, 1.0)), len(value)

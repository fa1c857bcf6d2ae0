"""How much slower B is than A, row by row, with an interval and a significance test adjusted for the number of rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scipy import special

from reznet_load.core.holm import holm
from reznet_load.verdict.duel.pairs import PairedRow, decorrelated

ALPHA = 0.05  # level of "proven slower", over all required rows together, and of each bound of an interval
_POWER = 0.84  # normal quantile of 80 %
_NORMAL = float(special.ndtri(1 - ALPHA))
FEWEST = 3  # pairs; two leave one degree of freedom, whose interval is useless


@dataclass(frozen=True, slots=True)
class PairedChange:
    """The change of one row. `estimate`, `low`, `high` in percent of A (latencies), or in percentage points (shares).

    low, high   one-sided 95 % bounds, together a 90 % interval, not adjusted for the number of rows
    p           one-sided p of the hypothesis that B is not slower
    adjusted    `p` adjusted by Holm over the rows that are judged together
    pairs       number of blocks of `block_seconds` in which both sides had operations
    ratio       True: a latency; False: a share
    """

    row: str
    estimate: float
    low: float
    high: float
    p: float
    adjusted: float
    pairs: int
    block_seconds: float
    ratio: bool

    @property
    def slower(self) -> bool:
        """Is B proven slower?"""
        return self.adjusted < ALPHA

    def pairs_needed(self, margin: float) -> int:
        """Pairs for 80 % power to prove the present estimate, slower or within `margin` (percent); at most 100 000."""
        reach = max((self.high - self.low) / 2, 1e-9)
        sd = reach * math.sqrt(self.pairs) / _NORMAL
        gap = max(abs(self.estimate), abs(margin - self.estimate), 1e-9)
        return int(min(math.ceil(((_NORMAL + _POWER) * sd / gap) ** 2), 100_000))

    def seen_in(self, minutes: float, rows: int) -> float:
        """The smallest change that a duel of `minutes` with `rows` rows proves with 80 % power, in percent or points.

        Assumes the spread of these pairs, the strictest step of Holm, and the normal distribution.
        """
        low, high = (math.log1p(x / 100) if self.ratio else x / 100 for x in (self.low, self.high))
        t = float(special.stdtrit(self.pairs - 1, 1 - ALPHA))
        error = (high - low) / 2 / t * math.sqrt(self.pairs * self.block_seconds / (60 * minutes))
        reach = (float(special.ndtri(1 - ALPHA / max(rows, 1))) + _POWER) * error
        return 100 * math.expm1(min(reach, 50.0)) if self.ratio else 100 * reach


def changes(rows: list[PairedRow]) -> tuple[tuple[PairedChange, ...], float]:
    """(the change of each row, the correlation between neighbouring pairs that remains after joining blocks; 0:
    negligible).

    Intervals are widened by √((1 + r) / (1 − r)) if a correlation r remains. Rows with fewer than three pairs are left
    out.
    """
    rows, seconds, left = decorrelated(rows)
    widened = math.sqrt((1 + left) / (1 - left))
    found = [_change(row, seconds, widened) for row in rows if len(row.differences) >= FEWEST]
    adjusted = holm([one.p for one in found])
    return tuple(replace(one, adjusted=p) for one, p in zip(found, adjusted, strict=True)), left


def _change(row: PairedRow, seconds: float, widened: float) -> PairedChange:
    difference = row.differences
    n = len(difference)
    error = max(float(difference.std(ddof=1)) / math.sqrt(n) * widened, 1e-12)
    mean, reach = float(difference.mean()), float(special.stdtrit(n - 1, 1 - ALPHA)) * error
    p = float(special.stdtr(n - 1, -mean / error))
    shown = (lambda x: 100 * math.expm1(min(x, 50.0))) if row.ratio else (lambda x: 100 * x)
    return PairedChange(row.row, shown(mean), shown(mean - reach), shown(mean + reach), p, p, n, seconds, row.ratio)

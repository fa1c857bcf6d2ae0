"""How fast a value rises over time, with an interval that remains valid for correlated samples: a line through ten
block means.

Least squares through all samples would treat each as independent. Block means are nearly independent if a block is
longer than the correlation time (docs/rules/intervals.md#bunched-samples). Student t with (blocks - 2) degrees of
freedom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from reznet_load.verdict.intervals import blocks, per_block, student

_FEWEST_BLOCKS = 5


@dataclass(frozen=True, slots=True)
class Slope:
    """Change per second with two-sided 90 % bounds, in the unit of the value; `last`: the line's value at the end."""

    value: float
    low: float
    high: float
    last: float


def slope(start: np.ndarray, value: np.ndarray) -> Slope | None:
    """The slope of `value` over `start` (s); None if fewer than five blocks of time have samples."""
    block = blocks(start)
    count = per_block(block)
    used = count > 0
    n = int(used.sum())
    if n < _FEWEST_BLOCKS:
        return None
    y = per_block(block, value)[used] / count[used]
    x = per_block(block, start - start[0])[used] / count[used]
    spread = ((x - x.mean()) ** 2).sum()
    rise = float(((x - x.mean()) * (y - y.mean())).sum() / spread)
    rest = y - y.mean() - rise * (x - x.mean())
    reach = student(n - 2) * math.sqrt((rest**2).sum() / (n - 2) / spread)
    return Slope(rise, rise - reach, rise + reach, float(y.mean() + rise * (start[-1] - start[0] - x.mean())))

"""The Universal Scalability Law over the steps of a search: shown as an annotation if it fits, never a verdict.

X(N) = λN / (1 + σ(N − 1) + κN(N − 1)) (Gunther). The throughput of closed-loop users with think times first grows
linearly and then is flat, which the law does not describe. So it is shown only with at least six steady points, a mean
residual below 5 % and κ significantly above zero, and it is never extrapolated
(docs/rules/load-shapes.md#the-search-for-the-capacity).
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from scipy import special

FEWEST = 6
RESIDUAL = 0.05
_SURE = float(special.ndtri(0.95))


@dataclass(frozen=True, slots=True)
class Law:
    """Fitted parameters, the mean residual, and the number of users with the highest throughput."""

    rate: float
    contention: float
    coherency: float
    residual: float

    @property
    def peak(self) -> float:
        """√((1 − σ) / κ)."""
        return math.sqrt(max(0.0, 1 - self.contention) / self.coherency)


def _law(n: np.ndarray, rate: float, contention: float, coherency: float) -> np.ndarray:
    return rate * n / (1 + contention * (n - 1) + coherency * n * (n - 1))


def fit(users: list[int], throughput: list[float]) -> Law | None:
    """The law through (users, operations per second); None if it does not fit."""
    n, x = np.array(users, float), np.array(throughput, float)
    if len(set(users)) < FEWEST or not (x > 0).all():
        return None
    from scipy import optimize  # takes 0.2 s, needed only for a search

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optimize.OptimizeWarning)
        try:
            found, covariance = optimize.curve_fit(
                _law, n, x, p0=(x[0] / n[0], 0.01, 1e-5), sigma=x, bounds=([0, 0, 0], [np.inf, 1, 1])
            )
        except (RuntimeError, ValueError):
            return None
    residual = float(np.mean(np.abs(_law(n, *found) - x) / x))
    error = math.sqrt(covariance[2, 2])
    if residual >= RESIDUAL or not math.isfinite(error) or found[2] <= _SURE * error:
        return None
    rate, contention, crosstalk = (float(one) for one in found)
    return Law(rate, contention, crosstalk, residual)

"""Correction for testing many p values together."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p: Sequence[float]) -> list[float]:
    """`p` adjusted for multiple tests (Holm 1979), in the same order: the k-th smallest of n times n − k + 1, at most
    1.
    """
    found, so_far = [1.0] * len(p), 0.0
    for rank, place in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        so_far = max(so_far, min(1.0, p[place] * (len(p) - rank)))
        found[place] = so_far
    return found

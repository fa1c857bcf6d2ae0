"""How far a time may be from the value that Locust wrote. Versions 0.8 to 2.x round alike: to two digits, from 10 s on
to whole seconds.
"""

from __future__ import annotations

import numpy as np

# below so many ms, a time differs from its rounded value by at most this much
_STEPS = ((100.0, 0.5), (1000.0, 5.0), (10_000.0, 50.0))
_TOP = 500.0  # from 10 s on, for any size: Locust calls round(value, -3)


def reach_down(value: np.ndarray) -> np.ndarray:
    """How far below its rounded `value` a time may be, ms: 995 is written as 1 000."""
    return _reach(value, np.less_equal)


def reach_up(value: np.ndarray) -> np.ndarray:
    """How far above its rounded `value` a time may be, ms: 1 050 is written as 1 000."""
    return _reach(value, np.less)


def _reach(value: np.ndarray, below: np.ufunc) -> np.ndarray:
    return np.select([below(value, edge) for edge, _ in _STEPS], [half for _, half in _STEPS], _TOP)

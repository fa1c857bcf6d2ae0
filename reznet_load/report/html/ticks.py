"""Round numbers for the axes of charts."""

from __future__ import annotations

import math

MOST_STEPS = 5  # most steps between ticks, from 0 on
_HAIR = 1e-9


def ticks(most: float, least_step: float = 0.0) -> list[tuple[float, str]]:
    """(value, label) of ticks from 0 up to `most` (> 0). A step is 1, 2 or 5 times a power of ten, and at least `least_step`.

    There are at most MOST_STEPS steps. Labels have the decimals that a step needs, and spaces between thousands.
    """
    raw = max(most / MOST_STEPS, least_step)
    exponent = math.floor(math.log10(raw))
    power = 10.0**exponent
    # The comparison allows for rounding: 0.3 / 0.1 is less than 3, and 5 · 0.1 may be less than the raw step.
    factor = next(one for one in (1, 2, 5, 10) if one * power >= raw * (1 - _HAIR))
    step, places = factor * power, max(0, -exponent - (factor == 10))
    count = math.floor(most / step * (1 + _HAIR)) + 1
    return [(n * step, f"{n * step:,.{places}f}".replace(",", " ") if n else "0") for n in range(count)]

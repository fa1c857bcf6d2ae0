"""Round numbers for the axes of charts."""

from __future__ import annotations

import math

MOST_STEPS = 5  # between ticks, from 0 on
_HAIR = 1e-9


def ticks(most: float, least_step: float = 0.0) -> list[tuple[float, str]]:
    """(value, label) from 0 up to `most` (> 0), 1, 2 or 5 times a power of ten apart, at least `least_step`.

    As many as MOST_STEPS steps allow, with the decimals that a step needs and spaces between thousands.
    """
    raw = max(most / MOST_STEPS, least_step)
    exponent = math.floor(math.log10(raw))
    power = 10.0**exponent
    # A hair's breadth is allowed for: 0.3 / 0.1 is less than 3, and 5 times 0.1 may be less than its raw step.
    factor = next(one for one in (1, 2, 5, 10) if one * power >= raw * (1 - _HAIR))
    step, places = factor * power, max(0, -exponent - (factor == 10))
    count = math.floor(most / step * (1 + _HAIR)) + 1
    return [(n * step, f"{n * step:,.{places}f}".replace(",", " ") if n else "0") for n in range(count)]

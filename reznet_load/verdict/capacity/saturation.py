"""Does a step saturate while its values still look good? guidellm's rule: operations in flight and the time to the
first token both rise significantly for at least 30 s (docs/rules/load-shapes.md#the-search-for-the-capacity).
"""

from __future__ import annotations

import numpy as np

from reznet_load.core.profile import Phase
from reznet_load.core.rows import FIRST_TOKEN, TURNS_IN_FLIGHT
from reznet_load.core.units import format_value
from reznet_load.verdict.beyond.slope import Slope, slope
from reznet_load.verdict.samples import Series

LEAST_SECONDS = 30.0
# Per minute, as a share of the mean: a significant rise slower than this is no overload within a step.
_TROUBLE = 0.2
_IN_FLIGHT, _FIRST_TOKEN = TURNS_IN_FLIGHT.key, FIRST_TOKEN.key


def rising(series: dict[str, Series], phase: Phase) -> str:
    """What rises, in words for the reader; empty unless both rise, or if `phase` is too short to say."""
    if phase.seconds < LEAST_SECONDS or not {_IN_FLIGHT, _FIRST_TOKEN} <= series.keys():
        return ""
    flight, first = (_rise(series[key].within(phase)) for key in (_IN_FLIGHT, _FIRST_TOKEN))
    if flight is None or first is None:
        return ""
    return (
        f"saturating: turns in flight rise by {60 * flight.value:.1f} a minute and the first token by "
        f"{format_value(60 * first.value, 'ms')} a minute, to {flight.last:.1f} and {format_value(first.last, 'ms')}"
    )


def _rise(part: Series) -> Slope | None:
    """The slope, if it certainly rises, and by enough to matter."""
    timed = part.ok & ~np.isnan(part.value)
    value = part.value[timed].astype(float)
    found = slope(part.start[timed], value) if len(value) else None
    return found if found is not None and 60 * found.low > _TROUBLE * value.mean() > 0 else None

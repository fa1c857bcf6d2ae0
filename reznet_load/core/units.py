"""The only module that parses and formats numbers: durations, limits, and values with their unit."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from reznet_load.core.errors import ConfigError

_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h)", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
MOST_SECONDS = 30 * 24 * 3600.0  # a month; timers overflow somewhere beyond it
DURATION_FORM = "a number with a unit, like 250ms, 4s, 1m30s or 2h; a bare number is seconds"


def parse_duration(text: str, where: str = "duration") -> float:
    """Seconds in `text` (`250ms`, `4s`, `1m30s`, `2h`; a bare number is seconds).

    Raises ConfigError naming `where`, what was read and the right form.
    """
    compact = str(text).strip().replace(" ", "")
    try:
        seconds = float(compact)
    except ValueError:
        parts = _DURATION_PART.findall(compact)
        if not parts or "".join(n + u for n, u in parts).lower() != compact.lower():
            raise ConfigError(f"{where}: read {text!r}, expected {DURATION_FORM}") from None
        seconds = sum(float(number) * _SECONDS[unit.lower()] for number, unit in parts)
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ConfigError(f"{where}: read {text!r}, expected {DURATION_FORM}, zero or more")
    if seconds > MOST_SECONDS:
        raise ConfigError(f"{where}: read {text!r}, expected at most {format_duration(MOST_SECONDS)}, which is 30 days")
    return seconds


_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%?")


def parse_percent(text: object, where: str) -> float:
    """`3 %`, `3%` or `3` as 3.0. Raises ConfigError naming `where`."""
    found = _PERCENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or not 0 < float(found[1]) <= 100:
        raise ConfigError(f"{where}: read {text!r}, expected percent above 0, at most 100, like 3 %")
    return float(found[1])


def format_duration(seconds: float) -> str:
    """`seconds` as people write it: 0.25 -> `250ms`, 90 -> `1m30s`, 60 -> `60s`."""
    if seconds < 1 and round(seconds * 1000):
        return f"{round(seconds * 1000)}ms"
    if seconds < 90:
        return f"{seconds:.3g}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "") + (f"{rest}s" if rest else "")


def _decimals(value: float, unit: str) -> str:
    """`value` with about three significant digits, never in scientific notation."""
    size = abs(value)
    places = 0 if size >= 100 or (value == int(value) and size >= 10) else 1 if size >= 10 else 2
    return f"{value:,.{places}f}".replace(",", " ") + unit


def _milliseconds(value: float) -> str:
    return _decimals(value / 1000, " s") if abs(value) >= 10_000 else _decimals(value, " ms")


@dataclass(frozen=True, slots=True)
class Unit:
    """How values of a unit are kept and written.

    `base` is the unit that values are kept in; one of this unit equals `factor` of the base.
    """

    base: str
    factor: float
    write: Callable[[float], str]


def _counted(value: float, name: str) -> str:
    written = f"{value:.0f}"
    return f"{written} {name.removesuffix('s') if written == '1' else name}"


_COUNTED = ("users", "connections", "threads", "files", "sockets", "keys", "statements", "tokens", "requests")
UNITS = {
    "ms": Unit("ms", 1.0, _milliseconds),
    "s": Unit("ms", 1000.0, _milliseconds),
    "%": Unit("%", 1.0, lambda v: f"{v:.2f} %" if 0 < abs(v) < 1 or 99 < v < 100 else f"{v:.1f} %"),
    **{name: Unit(name, 1.0, partial(_counted, name=name)) for name in _COUNTED},
    "MB": Unit("MB", 1.0, lambda v: _decimals(v, " MB")),
    "MB/h": Unit("MB/h", 1.0, lambda v: _decimals(v, " MB/h")),
    "connections/h": Unit("connections/h", 1.0, lambda v: _decimals(v, " connections/h")),
    "/s": Unit("/s", 1.0, lambda v: _decimals(v, "/s")),
    "chunks": Unit("chunks", 1.0, lambda v: _decimals(v, " chunks")),
    "characters": Unit("characters", 1.0, lambda v: _decimals(v, " characters")),
    "USD": Unit("USD", 1.0, lambda v: f"{v:.2f} USD" if v >= 1 else f"{v:.4f} USD"),
    "value": Unit("value", 1.0, lambda v: _decimals(v, "")),
    "ratio": Unit("ratio", 1.0, lambda v: f"{v:.2f}"),
    "count": Unit("count", 1.0, lambda v: f"{v:,.0f}".replace(",", " ")),
}


def six_digits(value: float) -> float:
    """`value` with six significant digits: files stay readable, and equal runs give equal bytes."""
    return float(f"{float(value):.6g}")


def six_digits_or_none(value: float | None) -> float | None:
    """The same; None if the value is None or not finite."""
    return None if value is None or not math.isfinite(value) else six_digits(value)


def format_value(value: float | None, unit: str) -> str:
    """`value` in the base of `unit`, written for a reader; None is `-`, never 0.

    It is rounded to the six digits that files keep first, so that it reads the same before and after it was stored.
    """
    if value is None or not math.isfinite(value):
        return "-"
    return UNITS[unit].write(value if value == int(value) else six_digits(value))


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on a value, in the base of its unit. `text` is how the requirement wrote it."""

    operator: str
    value: float
    unit: str
    text: str

    @property
    def below(self) -> bool:
        """True if less is better."""
        return self.operator in ("<", "<=")

    def holds(self, value: float) -> bool:
        """Does `value` meet the limit?"""
        match self.operator:
            case "<":
                return value < self.value
            case "<=":
                return value <= self.value
            case ">":
                return value > self.value
            case _:
                return value >= self.value


_LIMIT = re.compile(r"\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(\S+)\s*")
LIMIT_FORM = f'an operator, a number and a unit, like "< 3 s" or "> 60 %"; units are {", ".join(UNITS)}'


def parse_limit(text: object, where: str) -> Limit:
    """The Limit written as `text`, e.g. `< 3 s` -> (`<`, 3000.0, `ms`). Raises ConfigError naming `where`."""
    found = _LIMIT.fullmatch(text) if isinstance(text, str) else None
    if found is None or not isinstance(text, str) or found[3] not in UNITS:
        raise ConfigError(f"{where}: read {text!r}, expected {LIMIT_FORM}")
    unit = UNITS[found[3]]
    return Limit(found[1], float(found[2]) * unit.factor, unit.base, " ".join(text.split()))

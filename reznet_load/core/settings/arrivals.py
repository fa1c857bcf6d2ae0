"""The open model: calls arrive without waiting for the answers to earlier ones (webhooks, monitors, other services)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from reznet_load.core.errors import ConfigError

PROCESSES = ("poisson", "constant")
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(s|m)")
FORM = "arrivals per second or minute, like 20/s or 90/m"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """`rate` per second; `process` is poisson (like many independent callers) or constant (every 1/rate seconds)."""

    rate: float = 0.0
    process: str = "poisson"

    @property
    def text(self) -> str:
        """A text for what arrives in addition to the users."""
        return f"{self.rate:g} REST calls a second ({self.process}) by callers who do not wait, from intended starts"

    def starts(self, share: float, luck: Random) -> Iterator[float]:
        """Scheduled starts in seconds, without end, of a process that has `share` (0..1) of the rate.

        Shares of a Poisson process are Poisson and add up to it; constant ones begin at a random point of their period.
        """
        period = 1 / (self.rate * share)
        at = luck.random() * period if self.process == "constant" else luck.expovariate(1 / period)
        while True:
            yield at
            at += period if self.process == "constant" else luck.expovariate(1 / period)


def parse_rate(text: str, where: str) -> float:
    """`20/s` as arrivals per second; 0 for an empty text. Raises ConfigError naming `where`."""
    if not text:
        return 0.0
    found = _RATE.fullmatch(text.strip())
    rate = float(found[1]) / (60 if found[2] == "m" else 1) if found else 0.0
    if not 0 < rate <= 10_000:
        raise ConfigError(f"{where}: read {text!r}, expected {FORM}, at most 10000/s")
    return rate

"""One thing seen once (Measurement), how it is kept (RECORD), and many of one name summarised (Row)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from struct import Struct
from typing import Any

# One sample on disk and on the way from a worker, 20 bytes, little endian:
#   start   f8  s     actual start, seconds since the epoch by the measuring process' clock
#   value   f4  unit of its row; NaN: happened, not timed
#   late    f4  s     actual minus intended start; NaN where there was no intention
#   row     u2        index into the row names of the same process
#   error   u2        0: succeeded; else index into the error texts of the same process
RECORD = Struct("<dffHH")
RECORD_FIELDS = [("start", "<f8"), ("value", "<f4"), ("late", "<f4"), ("row", "<u2"), ("error", "<u2")]

# Rows of a turn's tokens, estimated from the text that went to and fro: what the backend adds to a question is not seen.
TOKENS_ASKED, TOKENS_ANSWERED = "COUNT tokens asked", "COUNT tokens answered"
# Events of a turn's own channel or reply, whether it succeeded, failed or was cut off.
OWN_EVENTS = "COUNT events of a turn"

# A gauge: ms by which the wall clock of a process' machine was set (core.system.clock); only where it was.
CLOCK_STEP = "clock step"


def round_row(kind: str) -> str:
    """The row of a kind's rounds: a journey, a message, a question with all that its user waited for in it, in ms.

    Its records hold the number of their user (of that process) where others hold an error: so the view from the intended
    start can be made when judging (verdict/intended.py). The line that names the row says so, `"users": true`.
    """
    return f"COUNT {kind} round"


# A turn still open when its users were stopped: neither success nor failure.
CUT_OFF = "cut off"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One thing seen once.

    kind    `GET`, `POST`… for REST, `CHAT`, `PROBE` or `GAUGE`
    name    with `kind` the name of its row
    value   in `unit`; None: it happened and was not timed (never 0)
    start   seconds since the epoch, actual
    late    seconds from the intended to the actual start; None where nothing was intended
    size    bytes, for Locust's own statistics
    error   None: succeeded; else what the user is told
    about   what finds it again in the backend's logs: user, channel, message, connection, text; None: of no use there
    """

    kind: str
    name: str
    value: float | None
    start: float
    unit: str = "ms"
    late: float | None = None
    size: int = 0
    error: str | None = None
    about: dict[str, Any] | None = None

    @property
    def row(self) -> str:
        """The name of the row it belongs to."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Row:
    """Many measurements of one name and phase, summarised. Times in ms, quantiles over successes only.

    count      successes that were timed, plus those that were not
    failures   how many failed; `errors` counts them by text
    cut_off    turns still open at the end and younger than any limit: in neither number
    rate       successes and failures per second of the phase
    intended   p95 from the intended start, where users had one
    source     `samples`, or `locust csv` with the uncertainty of its rounding
    columns    quantile level -> ms, where a CSV is all there is
    """

    key: str
    phase: str
    unit: str
    count: int
    failures: int = 0
    cut_off: int = 0
    rate: float | None = None
    mean: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    intended: float | None = None
    errors: dict[str, int] = field(default_factory=dict)
    source: str = "samples"
    columns: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Successes and failures."""
        return self.count + self.failures

    @property
    def error_rate(self) -> float | None:
        """Failures in percent of all, None where nothing happened."""
        return 100 * self.failures / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Statistic:
    """What an NFR may be judged on.

    family    which rule judges it: a quantile, a mean, a share of samples, or one deterministic value
    level     the quantile of that family, 0..1
    floor     fewest samples that can pass, below it the answer is Warning
    label     how the document writes it
    """

    family: str
    label: str
    level: float = 0.0
    floor: int = 1


def _floor(level: float) -> int:
    """The smallest n at which the interval of a quantile can pass with no exceedance: ln(.05) / ln(p) / .805, rounded up."""
    return math.ceil(math.log(0.05) / math.log(level) / 0.805)


def _percentile(name: str) -> Statistic | None:
    """Any percentile: `p90`, `p99.9`. None where `name` is none."""
    found = re.fullmatch(r"p(\d{1,2}(?:\.\d{1,4})?)", name)
    level = round(float(found[1]) / 100, 6) if found else 0.0
    return Statistic("quantile", name, level, _floor(level)) if 0 < level < 1 else None


class _Statistics(dict[str, Statistic]):
    """By name; percentiles that are not listed are made when they are asked for."""

    def __missing__(self, name: str) -> Statistic:
        made = _percentile(name)
        if made is None:
            raise KeyError(name)
        return made

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and _percentile(name) is not None)


STATISTICS = _Statistics(
    {
        "p50": Statistic("quantile", "median", 0.50, 6),
        "p95": Statistic("quantile", "p95", 0.95, 73),
        "p99": Statistic("quantile", "p99", 0.99, 371),
        "mean": Statistic("mean", "mean", floor=30),
        "share": Statistic("share", "share", floor=20),
        "error_rate": Statistic("errors", "error rate", floor=59),
        "connected": Statistic("connected", "fewest in a second"),
        "max": Statistic("extreme", "largest", 1.0),
        # Of Locust's CSVs alone (verdict/csv): successes only, as everywhere.
        "min": Statistic("least", "smallest"),
        "throughput": Statistic("throughput", "throughput"),
        "requests": Statistic("requests", "requests"),
    }
)

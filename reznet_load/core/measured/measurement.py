"""One observation (Measurement), its binary format (RECORD), and the summary of many with one name (Row)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import Any

# One sample on disk and on the way from a worker, 20 bytes, little endian:
#   start   f8  s     actual start, seconds since the epoch by the measuring process' clock
#   value   f4  in the unit of its row; NaN: it happened but was not timed
#   late    f4  s     actual minus scheduled start; NaN if no start was scheduled
#   row     u2        index into the row names of the same process
#   error   u2        0: succeeded; else index into the error texts of the same process
RECORD = Struct("<dffHH")
RECORD_FIELDS = [("start", "<f8"), ("value", "<f4"), ("late", "<f4"), ("row", "<u2"), ("error", "<u2")]

# A turn that was still running when its users were stopped: neither success nor failure.
CUT_OFF = "cut off"
# A part of a turn that never came; its value is that part's time-out. The part is judged in its own row, the failure is
# counted in the turn's row.
MISSING = "did not come"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One observation.

    kind    `GET`, `POST`… for REST, `CHAT`, `PROBE` or `GAUGE`
    name    with `kind` the name of its row
    value   in `unit`; None: it happened but was not timed (never 0)
    start   actual start, seconds since the epoch
    late    seconds from the scheduled to the actual start; None if no start was scheduled
    size    bytes, for Locust's own statistics
    error   None: succeeded; else the text that is reported to the user
    about   what identifies it in the backend's logs: user, channel, message, connection, text; None: not kept
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
class Gaps:
    """Many successes of one row with the same start, such as the gaps of a reply: recorded in one call.

    values   in `unit`; `about` belongs to the largest
    """

    kind: str
    name: str
    values: Sequence[float]
    start: float
    unit: str = "ms"
    about: dict[str, Any] | None = None

    def each(self) -> Iterator[Measurement]:
        """The measurements one by one."""
        largest = max(self.values)
        for value in self.values:
            about = self.about if value == largest else None
            yield Measurement(self.kind, self.name, value, self.start, self.unit, about=about)


# Statistic -> the field of a Row that holds it.
_FIELDS = {
    "p50": "p50",
    "p95": "p95",
    "p99": "p99",
    "mean": "mean",
    "share": "mean",
    "min": "minimum",
    "max": "maximum",
} | {"error_rate": "error_rate", "requests": "count"}


@dataclass(frozen=True, slots=True)
class Row:
    """Many measurements of one name and phase, summarised. Times in ms, quantiles over successes only.

    key               name of the row, like `GET /health`
    phase             name of the phase
    unit              of the values below
    count             successes, timed or not
    failures          how many failed
    cut_off           turns still running at the end, within their time limits: neither successes nor failures
    missing           parts that never came: neither successes nor failures; their time-outs are among the times
    rate              successes and failures per second of the phase
    mean              in `unit`; None if nothing was timed
    minimum, maximum  the extremes, in `unit`
    p50, p95, p99     percentiles, in `unit`
    intended          p95 from the scheduled start, if users had one
    errors            failures by text
    source            `samples`, or `locust csv` with the uncertainty of its rounding
    statistics        other statistics that a requirement names, or that a CSV has, by name: `p90`
    """

    key: str
    phase: str
    unit: str
    count: int
    failures: int = 0
    cut_off: int = 0
    missing: int = 0
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
    statistics: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Successes plus failures."""
        return self.count + self.failures

    @property
    def error_rate(self) -> float | None:
        """Failures in percent of all; None if nothing happened."""
        return 100 * self.failures / self.total if self.total else None

    def value(self, statistic: str) -> float | None:
        """The value of `statistic`, by its name in an NFR and in its unit; None if it was not computed, or nothing was
        measured.
        """
        if statistic in self.statistics:
            return self.statistics[statistic]
        own = _FIELDS.get(statistic)
        return None if own is None else getattr(self, own)

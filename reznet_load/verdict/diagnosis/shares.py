"""Where the time of a judged statistic went: for each row a way to split it, from what else was timed in the same phase.

A share is an estimate, and its Finding says from what. All of it is of successes near the judged statistic: for a p95
those around the 95th percentile, not the mean of all. Times in ms.

REST         client time - X-Process-Time of the same requests = network, and the queue in front of the application, of
             which the wait's part is as long as a ping waited; X-Process-Time - database - cache = application
ping         what it takes at the least = network; the rest is the wait
echo         the wait's and network's as a ping's; the INSERT; the rest is the application
first token  the echo of the same turns; what the provider alone takes to its first text; the rest is the application
gap, turn    as many percent of the streaming as the provider alone leaves between its chunks; the wait; the application
wait         of the event loop, of the network, or of either: as `loop.loop_waits` says
generator    of every row but probes, first: what it added to a known answer (calibration), else its mean lag
probes       PostgreSQL, Redis or the provider but for the shortest round trip there was
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from reznet_load.core.finding import FOUND, NOT_FOUND
from reznet_load.core.measurement import STATISTICS
from reznet_load.core.profile import Phase
from reznet_load.verdict.diagnosis.evidence import Evidence
from reznet_load.verdict.diagnosis.loop import LoopWaits
from reznet_load.verdict.diagnosis.patterns.instruments import PAGE

NETWORK, LOOP, APPLICATION, DATABASE = "network and queue", "event loop", "application", "database"
CACHE, PROVIDER, GENERATOR = "cache", "provider", "the generator"
# Where nobody can tell two apart: no X-Process-Time; no provider that was timed alone.
OUTSIDE_UNKNOWN, PROVIDER_UNKNOWN = "application or network", "application or provider"
WAIT_UNKNOWN = "event loop or network"  # late pings that do not show which
_AROUND = 0.025  # of the samples on each side of a quantile: p95 is what 92.5 to 97.5 % took
_FEWEST = 5
_CACHED = ("GET /api/agents", "GET /api/agents/{id}", "GET /api/channels", "GET /api/channels/{id}")
_PAGE, _LIST = "GET /api/channels/{id}/messages", "GET /api/agents"


@dataclass(slots=True)
class Split:
    """`value` ms of one row's statistic in `parts`, given out in turn: no part gets more than is left."""

    value: float
    left: float
    parts: dict[str, float] = field(default_factory=dict)

    def give(self, part: str, milliseconds: float | None) -> None:
        """As much of what is left, at the most; None: nobody timed it."""
        taken = min(max(milliseconds or 0.0, 0.0), self.left)
        if taken > 0:
            self.parts[part] = self.parts.get(part, 0.0) + taken
            self.left -= taken

    def rest(self, part: str) -> None:
        """All that is left."""
        self.give(part, self.left)


@dataclass(frozen=True, slots=True)
class Judged:
    """A row at its judged statistic: the samples around it, their mean, and the quantile level (None: the mean).

    `wait` is the part that a ping's time beyond the shortest belongs to.
    """

    evidence: Evidence
    phase: Phase
    key: str
    level: float | None
    start: np.ndarray
    value: float
    wait: str

    def same(self, key: str) -> float | None:
        """The mean of another row over the very same operations, which share their start; None where it has none."""
        other = self.evidence.within(key, self.phase)
        if other is None:
            return None
        place = np.minimum(np.searchsorted(other.start, self.start), len(other) - 1)
        found = other.value[place][(other.start[place] == self.start) & other.ok[place]].astype(float)
        found = found[~np.isnan(found)]
        return float(found.mean()) if len(found) else None

    def of(self, key: str) -> float | None:
        """The same statistic of another row."""
        values = self.evidence.timed(key, self.phase)
        if not len(values):
            return None
        return float(values.mean() if self.level is None else np.quantile(values, self.level, method="inverted_cdf"))

    def least(self, key: str) -> float | None:
        """The shortest of another row."""
        values = self.evidence.timed(key, self.phase)
        return float(values.min()) if len(values) else None

    @property
    def waiting(self) -> float:
        """How long a ping waited, beyond the shortest."""
        ping, least = self.of("CHAT ping"), self.least("CHAT ping")
        return 0.0 if ping is None or least is None else ping - least


def wait_part(waits: LoopWaits) -> str:
    """Which part late pings waited for: the loop's only where the pattern of a blocked one was found, or the loop is busy."""
    if waits.answer == FOUND or waits.busy:
        return LOOP
    return NETWORK if waits.answer == NOT_FOUND else WAIT_UNKNOWN


def judged(evidence: Evidence, key: str, statistic: str, phase: Phase, wait: str) -> Judged | None:
    """None where too little was timed to say anything."""
    part = evidence.within(key, phase)
    kept = None if part is None else part.ok & ~np.isnan(part.value)
    if part is None or kept is None or kept.sum() < _FEWEST:
        return None
    value, start = part.value[kept].astype(float), part.start[kept]
    level = STATISTICS[statistic].level if STATISTICS[statistic].family == "quantile" else None
    if level is not None:
        order = np.argsort(value, kind="stable")
        middle, width = level * len(order), max(_AROUND * len(order), _FEWEST / 2)
        low = int(min(max(middle - width, 0), len(order) - _FEWEST))
        chosen = order[low : int(np.ceil(middle + width))]
        value, start = value[chosen], start[chosen]
    return Judged(evidence, phase, key, level, start, float(value.mean()), wait)


def split(row: Judged) -> Split | None:
    """The parts of a row; None for a row that no way is known for."""
    way = next((way for begins, way in _WAYS if row.key.startswith(begins)), None)
    if way is None:
        return None
    made = Split(row.value, row.value)
    if not row.key.startswith("PROBE"):
        known = row.of("GAUGE calibration error")  # of the same statistic: what it adds to an answer of known length
        made.give(GENERATOR, row.evidence.mean("GAUGE loop lag") if known is None else known)
    way(row, made)
    return made


def _rest(row: Judged, made: Split) -> None:
    process = row.same(f"COUNT process time {row.key}")
    if process is None:
        made.give(row.wait, row.waiting)
        made.give(DATABASE, _statements(row))
        made.rest(OUTSIDE_UNKNOWN)
        return
    inside = Split(min(process, made.left), min(process, made.left))
    inside.give(DATABASE, _statements(row))
    inside.give(CACHE, row.evidence.mean("PROBE cache GET") if row.key in _CACHED else None)
    inside.rest(APPLICATION)
    made.left -= inside.value
    made.give(row.wait, row.waiting)
    made.rest(NETWORK)
    made.parts |= inside.parts


def _statements(row: Judged) -> float | None:
    """What PostgreSQL took for one request of the row, as its own queries beside the load did."""
    if row.key == _PAGE:
        alone = row.of("PROBE message page query")
        return _mean_of(row.evidence, PAGE.search) if alone is None else alone
    if row.key == _LIST:
        cached, alone = row.evidence.mean("PROBE agent list without query"), row.of("PROBE agent list query")
        return None if cached is None or alone is None else alone * (1 - cached / 100)
    return None


def _mean_of(evidence: Evidence, matches: Callable[[str], object]) -> float | None:
    found = [one["mean_ms"] for one in evidence.facts("postgres").get("statements", []) if matches(one["query"])]
    return max(found, default=None)


def _ping(row: Judged, made: Split) -> None:
    made.give(NETWORK, row.least(row.key))
    made.rest(row.wait)


def _echo(row: Judged, made: Split) -> None:
    made.give(NETWORK, row.least("CHAT ping"))
    made.give(row.wait, row.waiting)
    made.give(DATABASE, _mean_of(row.evidence, lambda query: query.lower().startswith("insert into messages")))
    made.rest(APPLICATION)


def _first_token(row: Judged, made: Split) -> None:
    """Also of a whole turn, up to its first token."""
    echo = Split(0.0, 0.0)
    echo.value = echo.left = min(row.same("CHAT echo") or 0.0, made.left)
    _echo(row, echo)
    made.left -= echo.value
    for part, milliseconds in echo.parts.items():
        made.parts[part] = made.parts.get(part, 0.0) + milliseconds
    alone = row.of(f"PROBE {row.evidence.provider} first text")
    made.give(PROVIDER, alone)
    made.give(row.wait, row.waiting)
    made.rest(PROVIDER_UNKNOWN if alone is None else APPLICATION)


def _streaming(row: Judged, made: Split) -> None:
    """What is left is streaming."""
    alone, users = row.evidence.mean(f"PROBE {row.evidence.provider} gap"), row.evidence.mean("CHAT chunk gap")
    if alone is not None and users:
        made.give(PROVIDER, made.left * min(1.0, alone / users))
    made.give(row.wait, row.waiting)
    made.rest(PROVIDER_UNKNOWN if alone is None else APPLICATION)


def _turn(row: Judged, made: Split) -> None:
    first = min(row.same("CHAT first token") or 0.0, made.left)
    begun = Split(first, first)
    _first_token(row, begun)
    made.left -= first
    _streaming(row, made)
    for part, milliseconds in begun.parts.items():
        made.parts[part] = made.parts.get(part, 0.0) + milliseconds


def _probe(part: str) -> Callable[[Judged, Split], None]:
    def way(row: Judged, made: Split) -> None:
        made.give(NETWORK, min(row.least(row.key) or 0.0, _ROUND_TRIP))
        made.rest(part)

    return way


_ROUND_TRIP = 1.0  # ms; a server in the same place answers in less: more at the least is its own work
_WAYS: tuple[tuple[str, Callable[[Judged, Split], None]], ...] = (
    ("GET ", _rest), ("POST ", _rest), ("CHAT ping", _ping), ("CHAT echo", _echo), ("CHAT first token", _first_token),
    ("CHAT chunk gap", _streaming), ("CHAT agent turn", _turn), ("PROBE agent list query", _probe(DATABASE)),
    ("PROBE message page query", _probe(DATABASE)), ("PROBE cache ", _probe(CACHE)),
    ("PROBE anthropic", _probe(PROVIDER)), ("PROBE openai", _probe(PROVIDER)),
)  # fmt: skip


def parts_of(evidence: Evidence, key: str, statistic: str, phase: Phase, wait: str) -> Split | None:
    """The parts of `key` at `statistic` in `phase`, largest first; None where nothing can be said."""
    row = judged(evidence, key, statistic, phase, wait)
    made = split(row) if row is not None else None
    if made is not None:
        made.parts = dict(sorted(made.parts.items(), key=lambda pair: -pair[1]))
    return made

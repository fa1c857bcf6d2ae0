"""Which parts took the time of a judged statistic: each row is split with the help of other rows timed in the same
phase.

A share is an estimate, and its Finding says from what. All values are of successes near the judged statistic: for a p95
those around the 95th percentile, not the mean of all. Times in ms.

REST         client time - X-Process-Time of the same requests = network, and the queue in front of the application, of
             which the wait's part is as long as a ping waited; X-Process-Time - database - cache = application
ping         its minimum = network; the rest is the wait
echo         wait and network like a ping's; the INSERT; the rest is the application
first token  the echo of the same turns; the provider's own time to its first text; the rest is the application
gap, turn    of the streaming, the percentage that lies between the chunks of the provider asked directly; the wait; the
             application
wait         of the event loop, of the network, of either, or for a core: as `loop.loop_waits` decides
generator    for every row but probes, first: what it added to a known answer (calibration), else its mean lag
probes       PostgreSQL, Redis or the provider, minus the shortest round trip
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reznet_load.core import rows
from reznet_load.core.finding import FOUND, NOT_FOUND
from reznet_load.core.profile import Phase
from reznet_load.verdict.diagnosis.evidence import PROVIDERS, Evidence
from reznet_load.verdict.diagnosis.judged_row import JudgedRow, judged
from reznet_load.verdict.diagnosis.loop import LoopWaits
from reznet_load.verdict.diagnosis.patterns.instruments import PAGE

NETWORK, LOOP, APPLICATION, DATABASE = "network and queue", "event loop", "application", "database"
CACHE, PROVIDER, GENERATOR = "cache", "provider", "the generator"
# If two parts cannot be distinguished: no X-Process-Time; no provider that was timed directly.
OUTSIDE_UNKNOWN, PROVIDER_UNKNOWN = "application or network", "application or provider"
WAIT_UNKNOWN = "event loop or network"  # late pings that do not show which
NO_CORE = "event loop or no free core"  # late pings on an overloaded machine
_CACHED = (rows.GET_AGENTS.key, rows.GET_AGENT.key, rows.GET_CHANNELS.key, rows.GET_CHANNEL.key)
_PAGE, _LIST = rows.GET_MESSAGES.key, rows.GET_AGENTS.key


@dataclass(slots=True)
class Split:
    """`value` ms of one row's statistic, assigned to `parts` one after another: no part gets more than is left."""

    value: float
    left: float
    parts: dict[str, float] = field(default_factory=dict)

    def give(self, part: str, milliseconds: float | None) -> None:
        """Assign to `part` at most what is left; None: it was not timed."""
        taken = min(max(milliseconds or 0.0, 0.0), self.left)
        if taken > 0:
            self.parts[part] = self.parts.get(part, 0.0) + taken
            self.left -= taken

    def rest(self, part: str) -> None:
        """Assign all that is left."""
        self.give(part, self.left)


def wait_part(waits: LoopWaits) -> str:
    """Which part late pings waited for: the loop only if the pattern of a blocked loop was found, or the loop is busy."""
    if waits.no_core:
        return NO_CORE
    if waits.answer == FOUND or waits.busy:
        return LOOP
    return NETWORK if waits.answer == NOT_FOUND else WAIT_UNKNOWN


def split(row: JudgedRow) -> Split | None:
    """The parts of a row; None for a row without a known method."""
    way = _way_of(row.key)
    if way is None:
        return None
    made = Split(row.value, row.value)
    if rows.named(row.key).is_operation:
        # the same statistic of what the generator adds to an answer of known length
        known = row.of(rows.CALIBRATION_ERROR.key)
        made.give(GENERATOR, row.evidence.mean(rows.LOOP_LAG.key) if known is None else known)
    way(row, made)
    return made


def _rest(row: JudgedRow, made: Split) -> None:
    process = row.same(rows.PROCESS_TIME.of(row.key).key)
    if process is None:
        made.give(row.wait, row.waiting)
        made.give(DATABASE, _statements(row))
        made.rest(OUTSIDE_UNKNOWN)
        return
    inside = Split(min(process, made.left), min(process, made.left))
    inside.give(DATABASE, _statements(row))
    inside.give(CACHE, row.evidence.mean(rows.CACHE_GET.key) if row.key in _CACHED else None)
    inside.rest(APPLICATION)
    made.left -= inside.value
    made.give(row.wait, row.waiting)
    made.rest(NETWORK)
    made.parts |= inside.parts


def _statements(row: JudgedRow) -> float | None:
    """What PostgreSQL took for one request of the row, measured by the probe's queries during the load."""
    if row.key == _PAGE:
        alone = row.of(rows.MESSAGE_PAGE_QUERY.key)
        return _mean_of(row.evidence, PAGE.search) if alone is None else alone
    if row.key == _LIST:
        cached, alone = row.evidence.mean(rows.QUERY_REDUCTION.key), row.of(rows.AGENT_LIST_QUERY.key)
        return None if cached is None or alone is None else alone * (1 - cached / 100)
    return None


def _mean_of(evidence: Evidence, matches: Callable[[str], object]) -> float | None:
    found = [one["mean_ms"] for one in evidence.facts("postgres").get("statements", []) if matches(one["query"])]
    return max(found, default=None)


def _ping(row: JudgedRow, made: Split) -> None:
    made.give(NETWORK, row.least(row.key))
    made.rest(row.wait)


def _echo(row: JudgedRow, made: Split) -> None:
    made.give(NETWORK, row.least(rows.PING.key))
    made.give(row.wait, row.waiting)
    made.give(DATABASE, _mean_of(row.evidence, lambda query: query.lower().startswith("insert into messages")))
    made.rest(APPLICATION)


def _first_token(row: JudgedRow, made: Split) -> None:
    """The parts up to the first token; also used for a whole turn."""
    echo = Split(0.0, 0.0)
    echo.value = echo.left = min(row.same(rows.ECHO.key) or 0.0, made.left)
    _echo(row, echo)
    made.left -= echo.value
    for part, milliseconds in echo.parts.items():
        made.parts[part] = made.parts.get(part, 0.0) + milliseconds
    alone = row.of(rows.PROVIDER_FIRST_TEXT.of(row.evidence.provider).key)
    made.give(PROVIDER, alone)
    made.give(row.wait, row.waiting)
    made.rest(PROVIDER_UNKNOWN if alone is None else APPLICATION)


def _streaming(row: JudgedRow, made: Split) -> None:
    """The parts after the first token: streaming."""
    alone, users = (
        row.evidence.mean(rows.PROVIDER_GAP.of(row.evidence.provider).key),
        row.evidence.mean(rows.CHUNK_GAP.key),
    )
    if alone is not None and users:
        made.give(PROVIDER, made.left * min(1.0, alone / users))
    made.give(row.wait, row.waiting)
    made.rest(PROVIDER_UNKNOWN if alone is None else APPLICATION)


def _turn(row: JudgedRow, made: Split) -> None:
    first = min(row.same(rows.FIRST_TOKEN.key) or 0.0, made.left)
    begun = Split(first, first)
    _first_token(row, begun)
    made.left -= first
    _streaming(row, made)
    for part, milliseconds in begun.parts.items():
        made.parts[part] = made.parts.get(part, 0.0) + milliseconds


def _probe(part: str) -> Callable[[JudgedRow, Split], None]:
    def way(row: JudgedRow, made: Split) -> None:
        made.give(NETWORK, min(row.least(row.key) or 0.0, _ROUND_TRIP))
        made.rest(part)

    return way


_ROUND_TRIP = 1.0  # ms; a server in the same place answers faster: a larger minimum is its own work
_WAYS: dict[str, Callable[[JudgedRow, Split], None]] = {
    rows.PING.key: _ping,
    rows.ECHO.key: _echo,
    rows.FIRST_TOKEN.key: _first_token,
    rows.CHUNK_GAP.key: _streaming,
    rows.AGENT_TURN.key: _turn,
    rows.AGENT_LIST_QUERY.key: _probe(DATABASE),
    rows.MESSAGE_PAGE_QUERY.key: _probe(DATABASE),
    rows.CACHE_GET.key: _probe(CACHE),
    rows.CACHE_SET.key: _probe(CACHE),
}


def _way_of(key: str) -> Callable[[JudgedRow, Split], None] | None:
    """The method that splits a row's time; None if there is none."""
    if rows.named(key).is_rest:
        return _rest
    if any(rows.is_of_provider(key, name) for name in PROVIDERS):
        return _probe(PROVIDER)
    return _WAYS.get(key)


def parts_of(evidence: Evidence, key: str, statistic: str, phase: Phase, wait: str) -> Split | None:
    """The parts of `key` at `statistic` in `phase`, largest first; None if nothing can be said."""
    row = judged(evidence, key, statistic, phase, wait)
    made = split(row) if row is not None else None
    if made is not None:
        made.parts = dict(sorted(made.parts.items(), key=lambda pair: -pair[1]))
    return made

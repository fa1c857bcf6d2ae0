"""What a worker with 12 rows at a steady rate would ship, made once by the real code and replayed with the times of now.

Values are log-normal around 5 to 800 ms, so that Locust's dictionaries of response times are as wide as a real run's.
"""

from __future__ import annotations

from typing import Any

import msgpack
import numpy as np
from locust.stats import RequestStats

from reznet_load.core.measured.ledger import Ledger
from reznet_load.core.measured.measurement import RECORD_FIELDS
from reznet_load.core.system import clock
from reznet_load.load.samples.kept_operations import Operations

ROWS = [("GET", f"/api/row{number}") for number in range(8)] + [("CHAT", f"row {number}") for number in range(4)]
REPORT_SECONDS = 3.0  # Locust's WORKER_REPORT_INTERVAL
_VARIANTS = 4
_SPREAD = 0.5


def _values(random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(number of the row, ms) of `count` operations."""
    rows = random.integers(0, len(ROWS), count)
    middle = np.geomspace(5, 800, len(ROWS))[rows]
    return rows, middle * np.exp(random.normal(0, _SPREAD, count))


class SyntheticRecorder:
    """In the place of a `Recorder`: `take` gives the samples that `rate` a second make since the last call."""

    def __init__(self, rate: int, seed: int) -> None:
        random, ledger = np.random.default_rng(seed), Ledger()
        rows, values = _values(random, 4 * max(rate, 1))
        for row, value in zip(rows, values, strict=True):
            ledger.add(*ROWS[row], "ms", float(value), 0.0, 0.0)
        packed, self._names = ledger.take()
        self._pool, self._at = np.frombuffer(packed, RECORD_FIELDS), 0
        self._rate = rate
        self._since = self._until = 0.0
        self.operations, self.sent = Operations(), 0

    def start(self) -> None:
        """The users are there."""
        self._since = clock.now()
        self.operations.start()

    def stop(self) -> None:
        """The users are gone; what they did until now is still to be taken."""
        self._until = clock.now()

    def take(self) -> tuple[bytes, list[dict[str, Any]]]:
        """As `Recorder.take`."""
        now, since = self._until or clock.now(), self._since
        if not since:
            return b"", []
        due = int(self._rate * (now - since))
        found = np.take(self._pool, np.arange(self._at, self._at + due), mode="wrap")
        found["start"] = np.linspace(since, now, due, endpoint=False)
        self._at = (self._at + due) % len(self._pool)
        self._since = 0.0 if self._until else now
        self._offer(found)
        names, self._names = self._names, []
        self.sent += due
        return found.tobytes(), names

    def _offer(self, found: np.ndarray) -> None:
        """The slowest operations of each row, as users offer theirs: those that would be kept."""
        for record in found[np.argsort(found["value"])[-40:]]:
            method, name = ROWS[record["row"]]
            about = {"request_id": "0" * 32, "user": "load-rest-000000", "channel": "0" * 36}
            self.operations.offer(f"{method} {name}", float(record["start"]), float(record["value"]), None, about)


class LocustReports:
    """Locust's own report of three seconds at `rate`, as its `RequestStats` makes it; one for all workers of a process."""

    def __init__(self, rate: int, seed: int) -> None:
        self._made = [_report(int(rate * REPORT_SECONDS), seed + number) for number in range(_VARIANTS)]
        self._sizes = [len(msgpack.dumps(report)) for report in self._made]  # once: it takes half a millisecond
        self._next = 0

    def take(self) -> tuple[dict[str, Any], int]:
        """The fields of the next one, as of now, and their bytes in a message."""
        variant = self._next % _VARIANTS
        report, now = self._made[variant], clock.now()
        self._next += 1
        fields = {
            "stats": [_moved(entry, now) for entry in report["stats"]],
            "stats_total": _moved(report["stats_total"], now),
            "errors": {},
        }
        return fields, self._sizes[variant]


def _report(requests: int, seed: int) -> dict[str, Any]:
    stats = RequestStats(use_response_times_cache=False)
    rows, values = _values(np.random.default_rng(seed), requests)
    for row, value in zip(rows, values, strict=True):
        method, name = ROWS[row]
        stats.log_request(method, name, float(value), 500)
    return {"stats": stats.serialize_stats(), "stats_total": stats.total.get_stripped_report()}


def _moved(entry: Any, now: float) -> dict[str, Any]:
    """The same requests over the last three seconds."""
    third = entry["num_requests"] // 3
    seconds = {int(now) - ago: third for ago in range(3)}
    return entry | {"start_time": now - REPORT_SECONDS, "last_request_timestamp": now, "num_reqs_per_sec": seconds}

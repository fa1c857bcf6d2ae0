"""Every Measurement of a process enters here, and reaches Locust's statistics and our samples together.

REST calls come through Locust's own `request` event, all others through `Recorder.record`; both end in the process'
Ledger. Cost: 2 µs per sample, and 20 bytes until it is sent or written.
"""

from __future__ import annotations

from typing import Any

import locust.stats
from locust.env import Environment

from reznet_load.core.failed.failure_kinds import http, of_exception
from reznet_load.core.measured.ledger import Ledger
from reznet_load.core.measured.measurement import CUT_OFF, MISSING, Gaps, Measurement
from reznet_load.core.measured.named_row import SAMPLES_ONLY, NamedRow
from reznet_load.core.system import clock
from reznet_load.core.text.foreign_text import safe
from reznet_load.load.samples.kept_operations import Operations


def bucket(milliseconds: float, sub: int = 7) -> float:
    """Log-linear bucket, 128 per power of two: error <= 0.44 %, 1 µs below 0.256 ms.

    Locust's own have two digits, up to 4.8 % off and 33 % below 10 ms (docs/rules/locust-csv.md#rounding).
    """
    micros = int(milliseconds * 1000 + 0.5)
    if micros < 1 << (sub + 1):
        return micros / 1000
    shift = micros.bit_length() - (sub + 1)
    return (((micros >> shift) << shift) + (1 << (shift - 1))) / 1000


def use_fine_buckets() -> None:
    """Replace Locust's rounding to two digits in this process, so that its web UI and CSVs agree with our samples."""
    locust.stats.bucket_response_time = bucket  # type: ignore[assignment]  # the hook Locust documents for this


class Recorder:
    """The samples of this process, and operations worth keeping, until they are collected."""

    def __init__(self, environment: Environment, secrets: tuple[str, ...] = ()) -> None:
        self._environment = environment
        self._ledger = Ledger()
        self.operations = Operations(secrets)
        self.take = self._ledger.take
        environment.events.request.add_listener(self._on_request)

    def record(self, seen: Measurement | Gaps) -> None:
        """Record one Measurement, or many of a row. Cut-off turns, missing parts, gauges and counts go only to the
        samples.
        """
        if isinstance(seen, Gaps):
            self._record_all(seen)
            return
        if seen.kind in SAMPLES_ONLY or seen.error in (CUT_OFF, MISSING):
            self._ledger.add(seen.kind, seen.name, seen.unit, seen.value, seen.start, seen.late, seen.error)
            return
        self._environment.events.request.fire(
            request_type=seen.kind,
            name=seen.name,
            response_time=seen.value,
            response_length=seen.size,
            exception=ReportedFailure(safe(seen.error)) if seen.error else None,
            context={"late": seen.late, "about": seen.about},
            start_time=seen.start,
            url=None,
        )

    def _record_all(self, seen: Gaps) -> None:
        """Record the largest like any Measurement, with its ids; the others go to the samples and Locust's statistics.

        Listeners of Locust's `request` event get only the largest. Cost: 2 µs each, instead of 14 µs through the event.
        """
        largest = max(range(len(seen.values)), key=seen.values.__getitem__)
        others = [*seen.values[:largest], *seen.values[largest + 1 :]]
        one = Measurement(seen.kind, seen.name, seen.values[largest], seen.start, seen.unit, about=seen.about)
        self._ledger.add_all(seen.kind, seen.name, seen.unit, others, seen.start)
        log = self._environment.stats.log_request
        for value in others:
            log(seen.kind, seen.name, value, 0)
        self.record(one)

    def gauge(self, row: NamedRow, value: float, at: float | None = None) -> None:
        """Record a value of `row` at a moment, now or `at` (seconds since the epoch)."""
        self._ledger.add(row.kind, row.name, row.unit, value, clock.now() if at is None else at, None, None)

    def count(self, row: NamedRow, value: float, start: float) -> None:
        """Record a value of `row` for something that began at `start`, seconds since the epoch."""
        self._ledger.add(row.kind, row.name, row.unit, value, start)

    def round(self, kind: str, user: int, waited: float, start: float, late: float | None) -> None:
        """Record a whole round of a user: `waited` ms for answers, `late` s after its scheduled start."""
        self._ledger.add_round(kind, user, waited, start, late)

    def _on_request(
        self,
        request_type: str,
        name: str,
        response_time: float | None,
        exception: Exception | None = None,
        context: dict[str, Any] | None = None,
        start_time: float | None = None,
        response: Any = None,
        **_: Any,
    ) -> None:
        late = about = None
        if context:
            late, about = context.get("late"), context.get("about")
        start = clock.now() - (response_time or 0) / 1000 if start_time is None else start_time
        error = None if exception is None else describe(exception)
        self._ledger.add(request_type, name, "ms", response_time, start, late, error)
        if about is not None:
            self.operations.offer(f"{request_type} {name}", start, response_time, error, about, response)


class ReportedFailure(Exception):
    """A failure as Locust sees it: only its text, also in reports of workers and CSVs."""

    def __repr__(self) -> str:
        return str(self)


def describe(exception: BaseException) -> str:
    """One text for each kind of failure, without ids, addresses or URLs that would make each occurrence a kind of its
    own.
    """
    if isinstance(exception, ReportedFailure):
        return str(exception)
    response = getattr(exception, "response", None)
    status = getattr(exception, "code", None) or getattr(response, "status_code", None)
    if isinstance(status, int) and status >= 100:
        return http(status)
    if said := of_exception(exception):
        return said
    if type(exception).__name__ == "CatchResponseError":
        return str(exception)
    text = type(exception).__name__
    detail = str(exception).split(" for url")[0].split("http://")[0].split("https://")[0].strip(" :")
    return f"{text}: {detail[:120]}" if detail else text

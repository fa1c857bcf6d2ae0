"""The slowest and the failed operations, with all ids that help to find them in the backend's own logs.

For each row and time window the `MOST` slowest and the first `MOST` failed are kept, so that those of the ramp-up do
not displace those of the steady phase. Memory is bounded: finished windows leave with the samples, each second. Cost in
addition to the recorder's own: see `benchmarks/operations.py`.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappush, heapreplace
from typing import Any

from reznet_load.core.system import clock
from reznet_load.core.text.secrets import mask_text

MOST = 10
WINDOW_SECONDS = 10.0
_WINDOWS = 60  # of the smallest length; later each lasts a 60th of the run's age: 292 windows in eight hours
_MOST_ROWS = 200  # rows that a window can have
TEXT_CHARACTERS = 500
_TEXT_BYTES = 4 * TEXT_CHARACTERS  # UTF-8 takes at most four
_numbers = itertools.count()

REQUEST_ID, TRACEPARENT = "X-Request-ID", "traceparent"


# The ids of an operation; a function is called only if the operation is kept.
About = dict[str, Any] | Callable[[], dict[str, Any]]

_ID_BYTES = 24  # 16 of the trace, 8 of its parent
_IDS_A_DRAW = 128  # ids per call of the kernel
_drawn: list[str] = []
os.register_at_fork(after_in_child=_drawn.clear)  # Locust's --processes forks: no id may be sent twice


def identify() -> dict[str, str]:
    """Headers that name one request: `X-Request-ID`, and W3C Trace Context with the same id (sampled). 0.5 µs."""
    if not _drawn:  # not `random`: with a fixed seed every worker would send the same ids
        digits = os.urandom(_ID_BYTES * _IDS_A_DRAW).hex()
        _drawn.extend(digits[at : at + 2 * _ID_BYTES] for at in range(0, len(digits), 2 * _ID_BYTES))
    drawn = _drawn.pop()
    trace = drawn[:32]
    return {REQUEST_ID: trace, TRACEPARENT: f"00-{trace}-{drawn[32:]}-01"}


def named(ids: dict[str, str]) -> dict[str, str]:
    """The headers of `identify` as fields of an operation."""
    return {"request_id": ids.get(REQUEST_ID, ""), "traceparent": ids.get(TRACEPARENT, "")}


@dataclass(slots=True)
class Window:
    """What one row keeps of one window. `slowest` is a heap of (ms, number, entry)."""

    slowest: list[tuple[float, int, dict[str, Any]]] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)


class Operations:
    """The operations of one process until they are collected. `take` masks `secrets` in them."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        self._secrets = secrets
        self._began = self._until = 0.0
        self._open: dict[str, Window] = {}
        self._over: list[dict[str, Any]] = []

    def start(self) -> None:
        """A new run begins: its windows are short again."""
        self._began = clock.now()
        self._until = 0.0

    def offer(
        self,
        row: str,
        start: float,
        value: float | None,
        error: str | None,
        about: About,
        response: Any = None,
    ) -> None:
        """Offer an operation that has ended; `value` in ms. Only if it is kept, `about` is called or copied and
        `response` read.
        """
        if start >= self._until:
            self._turn(start)
        window = self._open.get(row)
        if window is None:
            if len(self._open) >= _MOST_ROWS:
                return
            window = self._open[row] = Window()
        if error is not None:
            if len(window.failed) < MOST:
                window.failed.append(_entry(row, start, value, error, about, response))
        elif value is not None:
            slowest = window.slowest
            if len(slowest) < MOST:
                heappush(slowest, (value, next(_numbers), _entry(row, start, value, error, about, response)))
            elif value > slowest[0][0]:
                heapreplace(slowest, (value, next(_numbers), _entry(row, start, value, error, about, response)))

    def _turn(self, now: float) -> None:
        """Close the present window; an operation that began in it and ends later belongs to the next."""
        for window in self._open.values():
            self._over += [entry for _, _, entry in window.slowest] + window.failed
        self._open = {}
        self._began = self._began or now
        self._until = now + max(WINDOW_SECONDS, (now - self._began) / _WINDOWS)

    def take(self, whole: bool = False) -> list[dict[str, Any]]:
        """Entries of the finished windows, with `whole` also of the present one; they are removed here."""
        if whole:
            self._turn(clock.now())
        over = self._over
        self._over = []
        return [self._masked(entry) for entry in over]

    def _masked(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Mask secrets in every text of it. 5 µs, but only for what is kept."""
        return {
            name: mask_text(value, self._secrets) if isinstance(value, str) else value
            for name, value in entry.items()
            if value not in (None, "")
        }


def _entry(
    row: str, start: float, value: float | None, error: str | None, about: About, response: Any
) -> dict[str, Any]:
    kept = {"row": row, "start": start, "value": value, "error": error} | (about() if callable(about) else about)
    if response is not None:
        kept["status"] = response.status_code or None
        kept["text"] = _text(response)
    if isinstance(text := kept.get("text"), str):
        kept["text"] = text[:TEXT_CHARACTERS]
    return kept


def _text(response: Any) -> str:
    try:
        return (response.content or b"")[:_TEXT_BYTES].decode("utf-8", "replace")
    except Exception:  # an interrupted answer is read here for the first time, or fails again
        return ""

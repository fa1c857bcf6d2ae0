"""The slowest and the failed operations with all that finds them again in the backend's own logs.

Of each row and window the `MOST` slowest and the first `MOST` failed are kept, so that those of the ramp-up do not push
out those of the steady phase. Bounded: windows that are over leave with the samples, each second.
Cost in addition to the recorder's own: see `benchmarks/operations.py`.
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
_WINDOWS = 60  # so many of the least length; then each lasts a 60th of the run's age: 292 windows in eight hours
_MOST_ROWS = 200  # a window tells apart
TEXT_CHARACTERS = 500
_TEXT_BYTES = 4 * TEXT_CHARACTERS  # UTF-8 takes at most four
_numbers = itertools.count()

REQUEST_ID, TRACEPARENT = "X-Request-ID", "traceparent"


# What finds an operation again; a callable is asked only where the operation is kept.
About = dict[str, Any] | Callable[[], dict[str, Any]]

_ID_BYTES = 24  # 16 of the trace, 8 of its parent
_IDS_A_DRAW = 128  # a call of the kernel for so many
_drawn: list[str] = []
os.register_at_fork(after_in_child=_drawn.clear)  # Locust's --processes forks: no id is sent twice


def identify() -> dict[str, str]:
    """Headers that name one request: `X-Request-ID`, and W3C Trace Context with the same id (sampled). 0.5 µs."""
    if not _drawn:  # not `random`: a fixed seed would give every worker the same ids
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
    """Those of one process until they are taken. `secrets` are masked before anything leaves."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        self._secrets = secrets
        self._began = self._until = 0.0
        self._open: dict[str, Window] = {}
        self._over: list[dict[str, Any]] = []

    def start(self) -> None:
        """A new run: its windows are short again."""
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
        """One operation that has ended; `value` in ms. `about` is asked or copied where it is kept, `response` read."""
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
        """Close the window that is on; what began in it and ends later falls into the next."""
        for window in self._open.values():
            self._over += [entry for _, _, entry in window.slowest] + window.failed
        self._open = {}
        self._began = self._began or now
        self._until = now + max(WINDOW_SECONDS, (now - self._began) / _WINDOWS)

    def take(self, whole: bool = False) -> list[dict[str, Any]]:
        """Entries of the windows that are over, `whole`: also of the one that is on; the caller owns them now."""
        if whole:
            self._turn(clock.now())
        over = self._over
        self._over = []
        return [self._masked(entry) for entry in over]

    def _masked(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Every text in it without secrets. 5 µs, but only for what is kept."""
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
    except Exception:  # an answer that broke off is read here for the first time, or breaks again
        return ""

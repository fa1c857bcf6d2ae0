"""Lines of a history with known values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from reznet_load.core.nfr import Requirements, load_requirements
from reznet_load.core.system.resources import resource
from reznet_load.history.line import HistoryLine, HistoryValue


@cache
def requirements(*ids: str) -> Requirements:
    """The shipped requirements of those ids, all of them without any."""
    found = load_requirements(resource("nfr.toml"))
    return Requirements(tuple(nfr for nfr in found.nfrs if not ids or nfr.id in ids), {})


def line(number: int, /, interval: float = 0.04, outcome: str = "pass", **values: float | None) -> HistoryLine:
    """The line of run `number` with `values` by id, each with an interval of `interval` of it to both sides."""
    return HistoryLine(
        run=f"run-{number:03d}",
        time=f"2026-01-01T{number // 60:02d}:{number % 60:02d}:00Z",
        scenario="load",
        target="embedded",
        users=50,
        mix={"rest": 24, "chat": 12, "agent": 14},
        fingerprint="f00d",
        backend_commit=f"c{number:03d}",
        commit="abc1234",
        outcome=outcome,
        values={id: _value(value, interval) for id, value in values.items()},
    )


def _value(value: float | None, interval: float) -> HistoryValue:
    if value is None:
        return HistoryValue(None, outcome="pending")
    return HistoryValue(value, value * (1 - interval), value * (1 + interval), 200, 150.0, outcome="pass")


def with_value(line: HistoryLine, id: str, **changes: Any) -> HistoryLine:
    """`line` with `changes` in its value of `id`."""
    return replace(line, values={**line.values, id: replace(line.value_of(id), **changes)})


def history(values: Sequence[float | None], id: str = "agent_response_p95", **more: Any) -> list[HistoryLine]:
    """A line a value, in order."""
    return [line(number, **{id: value}, **more) for number, value in enumerate(values)]

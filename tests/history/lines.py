"""Lines of a history with known values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from reznet_load.core.nfr import Requirements, load_requirements
from reznet_load.core.system.resources import resource
from reznet_load.history.store import Line


@cache
def requirements(*ids: str) -> Requirements:
    """The shipped requirements of those ids, all of them without any."""
    found = load_requirements(resource("nfr.toml"))
    return Requirements(tuple(nfr for nfr in found.nfrs if not ids or nfr.id in ids), {})


def line(number: int, /, interval: float = 0.04, outcome: str = "pass", **values: float | None) -> Line:
    """The line of run `number` with `values` by id, each with an interval of `interval` of it to both sides."""
    return {
        "run": f"run-{number:03d}", "time": f"2026-01-01T{number // 60:02d}:{number % 60:02d}:00Z", "scenario": "load",
        "target": "embedded", "users": 50, "mix": {"rest": 24, "chat": 12, "agent": 14}, "fingerprint": "f00d",
        "backend_commit": f"c{number:03d}", "commit": "abc1234", "dirty": False, "outcome": outcome, "void": outcome == "void",
        "values": {id: _value(value, interval) for id, value in values.items()},
    }  # fmt: skip


def _value(value: float | None, interval: float) -> dict[str, Any]:
    if value is None:
        return {"outcome": "pending", "value": None, "low": None, "high": None, "n": 0, "n_eff": None, "unit": "ms"}
    low, high = value * (1 - interval), value * (1 + interval)
    return {"outcome": "pass", "value": value, "low": low, "high": high, "n": 200, "n_eff": 150.0, "unit": "ms"}


def history(values: Sequence[float | None], id: str = "agent_response_p95", **more: Any) -> list[Line]:
    """A line a value, in order."""
    return [line(number, **{id: value}, **more) for number, value in enumerate(values)]

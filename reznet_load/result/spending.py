"""Adds what the processes of a run have spent to the run info."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from reznet_load.core.money import spent
from reznet_load.core.run import Caution, RunInfo
from reznet_load.core.units import format_value


def lay_in(folder: Path, info: RunInfo) -> RunInfo:
    """`info` with the processes' spending, and a Caution if the limit was exceeded."""
    found = spent.read(folder) if info.cost else {}
    if not found:
        return info
    info = replace(info, cost=info.cost | {"spent": {process: entry["usd"] for process, entry in found.items()}})
    stopped = [entry["stopped_at"] for entry in found.values() if entry["stopped_at"]]
    return replace(info, cautions=(*info.cautions, _stopped(info, min(stopped)))) if stopped else info


def _stopped(info: RunInfo, at: float) -> Caution:
    when = datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S UTC")
    into = "" if info.origin is None else f", {max(0.0, at - info.origin):.0f} s into the run"
    limit, sum_ = format_value(info.cost.get("limit"), "USD"), format_value(sum(info.cost["spent"].values()), "USD")
    return Caution(
        "cost_limit",
        f"--max-cost of {limit} was exceeded at {when}{into}: from then on no provider and no agent was asked ({sum_} in all).",
        "The verdicts use what was measured until then, which is less than planned. Raise --max-cost, or ask less.",
    )

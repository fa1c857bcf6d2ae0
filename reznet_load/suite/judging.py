"""Judges one test's own rows: the requirement of nfr.toml, narrowed to what the test measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reznet_load.core.measured.measurement import Row
from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.core.profile import Phase
from reznet_load.core.run import RunInfo, Verdict
from reznet_load.core.units import format_value
from reznet_load.verdict import derived, row_summary, samples
from reznet_load.verdict.judge import judge
from reznet_load.verdict.samples import Series


def measured(row: str, folder: Path, info: RunInfo, now: float) -> tuple[Row | None, dict[str, Series], RunInfo]:
    """(`row` as measured so far (None: nothing was), every series of the run, `info` with the time span of `row`).

    A suite spends most of its time on other rows, so the span begins with the row's first sample.
    """
    found = derived.add(samples.read(folder, info), info)
    if row not in found:
        return None, found, info
    phase = Phase("suite", float(found[row].start[0]), now, 1, True)
    return row_summary.row(found[row], phase), found, replace(info, phases=(phase,))


def verdict_on(nfr: Nfr, row: str, found: dict[str, Series], info: RunInfo) -> Verdict:
    """The verdict on `nfr` from `row` alone."""
    own = replace(nfr, rows=(row,), needs=())
    (verdict,) = judge(Requirements((own,), {}), info, found)
    return verdict


def figures(row: Row | None) -> str:
    """`median 1.02 ms, p95 1.31 ms, p99 …, min …, max …, n = 80`; for a share its value."""
    if row is None:
        return "nothing was measured"
    columns = [("share" if row.unit == "%" else "mean", row.mean)]
    if row.unit != "%":
        columns += [("median", row.p50), ("p95", row.p95), ("p99", row.p99), ("min", row.minimum), ("max", row.maximum)]
    figures_text = ", ".join(f"{name} {format_value(value, row.unit)}" for name, value in columns)
    failed = "".join(f", {count} failed: {text}" for text, count in row.errors.items())
    return f"{figures_text}, n = {row.count}{failed}"


def sentence(verdict: Verdict) -> str:
    """The outcome with its interval and its reason."""
    interval = ""
    if verdict.low is not None and verdict.high is not None:
        low, high = format_value(verdict.low, verdict.unit), format_value(verdict.high, verdict.unit)
        interval = f" (90 % interval {low} to {high})"
    value = format_value(verdict.value, verdict.unit)
    return f"{verdict.mark}  {verdict.title} {verdict.limit}: {value}{interval}" + (
        f"; {verdict.reason}" if verdict.reason else ""
    )

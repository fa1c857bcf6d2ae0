"""The charts of a run's time line as SVG: without JavaScript in the page, and as files next to the Markdown document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reznet_load.core import rows
from reznet_load.report.html import svg
from reznet_load.report.view import View
from reznet_load.result.timeline import Timeline

FOLDER = "charts"
_CPU = (rows.TARGET_CPU, rows.POSTGRES_CPU, rows.REDIS_CPU, rows.GENERATOR_CPU)


def pictures(view: View, timeline: Timeline, alone: bool = False) -> list[str]:
    """Users, the judged row's latency, failures, CPU: each an SVG, in this order, where there is anything to draw."""
    return [chart for _, chart in _named(view, timeline, alone)]


def write_files(folder: Path, view: View, timeline: Timeline) -> list[str]:
    """The same as files of `charts/` in the run folder; their names."""
    home = folder / FOLDER
    home.mkdir(exist_ok=True)
    written = []
    for name, chart in _named(view, timeline, True):
        (home / f"{name}.svg").write_text(chart, encoding="utf-8")
        written.append(f"{FOLDER}/{name}.svg")
    return written


def _named(view: View, timeline: Timeline, alone: bool) -> Iterator[tuple[str, str]]:
    begin = view.result.info.phases[0].start
    bands = [svg.Band(phase.start - begin, phase.end - begin) for phase in view.judged_phases]
    x = [float(second) for second in timeline.begins]
    users = timeline.gauges.get(rows.RUNNING_USERS.key)
    if users:
        yield (
            "users",
            svg.lines("users, judged phases shaded", x, [svg.ChartLine("users", users)], None, bands, alone=alone),
        )
    key, limit = main_row(view, timeline)
    if key:
        row = timeline.rows[key]
        drawn = [svg.ChartLine("p99", row.p99), svg.ChartLine("p95", row.p95), svg.ChartLine("p50", row.p50)]
        yield "latency", svg.lines(f"{key}, ms", x, drawn, limit, bands, alone=alone)
    if timeline.failures:
        drawn = [svg.ChartLine(kind[:28], counts) for kind, counts in timeline.failures.items()]
        yield "failures", svg.lines(f"failures in {timeline.seconds} s", x, drawn, None, bands, alone=alone)
    cpu = [
        svg.ChartLine(row.name.removesuffix(" cpu"), timeline.gauges[row.key])
        for row in _CPU
        if row.key in timeline.gauges
    ]
    if cpu:
        yield "cpu", svg.lines("CPU, percent of a core", x, cpu, None, bands, alone=alone)


def main_row(view: View, timeline: Timeline) -> tuple[str, float | None]:
    """The row to show first, with its limit: of the worst verdict on a latency; `` where no row was timed."""
    order = {"fail": 0, "warning": 1, "pass": 2, "pending": 3}
    limits = {nfr.id: nfr.limit for nfr in view.requirements.nfrs}
    for verdict in sorted(view.result.verdicts, key=lambda one: order[one.outcome]):
        if verdict.unit == "ms" and verdict.row in timeline.rows and verdict.id in limits:
            return verdict.row, limits[verdict.id].value
    return next(iter(timeline.rows), ""), None

"""The charts of a run's time line as SVG, for the page without JavaScript and as files for the Markdown document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reznet_load.core import rows
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.phases.outages import outages
from reznet_load.core.run import Verdict
from reznet_load.report.capacity_document import panels
from reznet_load.report.html.frame import Band, Mark
from reznet_load.report.html.moments import moments
from reznet_load.report.html.panels import LAG
from reznet_load.report.html.points import Point, PointPanel, points, stacked
from reznet_load.report.html.svg import ChartLine, distribution, lines
from reznet_load.report.view import Picture, View
from reznet_load.result.timeline import RowTimes, Timeline

FOLDER = "charts"
# What each chart shows, as text for readers who do not see pictures.
TITLES = {
    "users": "Users over time, judged phases shaded",
    "latency": "Latency over time of {row}, its limit dashed",
    "failures": "Failures over time by kind",
    "events": "Events received each second",
    "cpu": "CPU over time of target, servers and generator",
    "connections": "Database connections over time",
    "lag": "The generator's own lag over time",
    "distribution": "Latency of {row}: percent that took at most so long",
    "slowest": "The slowest operations of {row}",
    "steps": "Goodput and agent turn p95 over the number of users",
}
_CPU = (rows.TARGET_CPU, rows.POSTGRES_CPU, rows.REDIS_CPU, rows.GENERATOR_CPU)
_CONNECTIONS = (rows.DB_CONNECTIONS, rows.DB_ACTIVE)
_EVENTS = (rows.EVENTS_RECEIVED,)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """The values that all charts over time share."""

    timeline: Timeline
    bands: tuple[Band, ...]
    marks: tuple[Mark, ...]
    alone: bool

    def lines(self, title: str, drawn: list[ChartLine], limit: float | None = None) -> str:
        x = [float(second) for second in self.timeline.begins]
        return lines(title, x, drawn, limit, self.bands, alone=self.alone, marks=self.marks)

    def gauges(self, name: str, title: str, shown: tuple[NamedRow, ...]) -> Iterator[tuple[str, str]]:
        there = [row for row in shown if row.key in self.timeline.gauges]
        if there:
            drawn = [ChartLine(row.name.removesuffix(" cpu"), self.timeline.gauges[row.key]) for row in there]
            yield name, self.lines(title, drawn)


def pictures(view: View, timeline: Timeline, alone: bool = False) -> list[str]:
    """SVGs of users, latency of the main row, failures, events, CPU, connections and lag; a chart without values is left out."""
    return [chart for _, chart in over_time(view, timeline, alone)]


def as_files(view: View, timeline: Timeline | None) -> tuple[Picture, ...]:
    """The charts over time and the distribution of the main row, as light and dark files of `charts/`."""
    if timeline is None:
        return ()
    charts = (*over_time(view, timeline, True), *row_charts(view, timeline, True), *_steps(view))
    key, _ = main_row(view, timeline)
    return tuple(Picture(name, TITLES[name].format(row=key), f"{FOLDER}/{name}.svg", chart) for name, chart in charts)


def write_files(folder: Path, view: View, timeline: Timeline | None) -> list[str]:
    """Write the charts below `folder`, and remove charts of an earlier run that this run does not have; returns the names."""
    home = folder / FOLDER
    home.mkdir(exist_ok=True)
    for name in TITLES:
        (home / f"{name}.svg").unlink(missing_ok=True)
    written = as_files(view, timeline)
    for one in written:
        (folder / one.file).write_text(one.svg, encoding="utf-8")
    return [one.file for one in written]


def over_time(view: View, timeline: Timeline, alone: bool = False) -> Iterator[tuple[str, str]]:
    """(name, SVG) of each chart over time."""
    marks = tuple(Mark(one.at, one.text) for one in moments(view.result, timeline))
    drawing = _Drawing(timeline, _bands(view), marks, alone)
    yield from drawing.gauges("users", "users; judged phases are shaded", (rows.RUNNING_USERS,))
    key, limit = main_row(view, timeline)
    if key:
        row = timeline.rows[key]
        drawn = [ChartLine("p99", row.p99), ChartLine("p95", row.p95), ChartLine("p50", row.p50)]
        yield "latency", drawing.lines(f"{key}, ms{'' if limit is None else '; dashed: its limit'}", drawn, limit)
    if timeline.failures:
        drawn = [ChartLine(kind, counts) for kind, counts in timeline.failures.items()]
        yield "failures", drawing.lines(f"failures in {timeline.seconds} s", drawn)
    yield from drawing.gauges("events", "events received in a second", _EVENTS)
    yield from drawing.gauges("cpu", "CPU, percent of a core", _CPU)
    yield from drawing.gauges("connections", "database connections", _CONNECTIONS)
    yield from drawing.gauges(
        "lag", "the generator's own lag, ms, the largest of a bin", tuple(row for _, row in LAG.lines)
    )


def row_charts(view: View, timeline: Timeline, alone: bool = False) -> Iterator[tuple[str, str]]:
    """(name, SVG) of the distribution of the main row, with limit and interval, and of its slowest operations."""
    key, limit = main_row(view, timeline)
    row = timeline.rows.get(key)
    if row is None or not row.curve:
        return
    judged = judged_latency(view, key)
    bands = [Band(one.low, one.high) for one in judged if one.low is not None and one.high is not None][:1]
    marks = [Mark(limit, "limit", True)] if limit is not None and limit <= 3 * row.curve[-1][1] else []
    title = (
        f"{key}: percent that took at most so many ms{'; shaded: the interval of the judged value' if bands else ''}"
    )
    yield "distribution", distribution(title, [(key, row.curve)], bands, marks, alone)
    yield "slowest", _slowest(view, timeline, key, row, limit, alone)


def _steps(view: View) -> Iterator[tuple[str, str]]:
    """(name, SVG) of the steps of a run with several numbers of users; a search has this chart in CAPACITY.md."""
    if len({step.users for step in view.result.steps}) > 1 and view.result.capacity is None:
        title = "Each number of users that was held: green met every requirement, red failed one, amber stayed open"
        yield "steps", stacked(panels(view.result, view.requirements), "users", None, title)


def _slowest(view: View, timeline: Timeline, key: str, row: RowTimes, limit: float | None, alone: bool) -> str:
    found = [Point(at, took, "fail" if limit is not None and took > limit else "pending") for at, took in row.slowest]
    panel = PointPanel(
        f"{key}: its slowest operations, ms{'' if limit is None else '; dashed: its limit'}", found, limit
    )
    end = float(timeline.begins[-1])
    return points(panel, "seconds from the first user", _bands(view), (), alone, end)


def _bands(view: View) -> tuple[Band, ...]:
    phases = view.result.info.phases
    begin = phases[0].start
    judged = [Band(phase.start - begin, phase.end - begin) for phase in view.judged_phases]
    return (*judged, *(Band(one.gone.start - begin, one.gone.end - begin, True) for one in outages(phases)))


def judged_latency(view: View, key: str) -> list[Verdict]:
    """The verdicts on latencies that the row `key` decided, the worst first."""
    order = {"fail": 0, "warning": 1, "pass": 2, "pending": 3}
    mine = [one for one in view.result.verdicts if one.row == key and one.unit == "ms"]
    return sorted(mine, key=lambda one: order[one.outcome])


def main_row(view: View, timeline: Timeline) -> tuple[str, float | None]:
    """(row, limit in ms) of the worst verdict on a latency; the row is "" if no row was timed."""
    order = {"fail": 0, "warning": 1, "pass": 2, "pending": 3}
    limits = {nfr.id: nfr.limit for nfr in view.requirements.nfrs}
    for verdict in sorted(view.result.verdicts, key=lambda one: order[one.outcome]):
        if verdict.unit == "ms" and verdict.row in timeline.rows and verdict.id in limits:
            return verdict.row, limits[verdict.id].value
    return next(iter(timeline.rows), ""), None

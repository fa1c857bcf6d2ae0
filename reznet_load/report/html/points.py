"""Points with intervals as SVG: steps over users, values over runs, operations over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from reznet_load.report.html.frame import HEIGHT, STYLE, WIDTH, Axes, Band, Mark, frame, level, svg, upright

_KINDS = ("pass", "fail", "warning", "pending")


@dataclass(frozen=True, slots=True)
class Point:
    """A point at `x` and `value`, with bounds if known. `state` (an outcome) gives the colour; `sign` is drawn above."""

    x: float
    value: float
    state: str
    low: float | None = None
    high: float | None = None
    sign: str = ""


@dataclass(frozen=True, slots=True)
class PointPanel:
    """Points over one x axis, with a horizontal line at `limit`; None: no line."""

    title: str
    points: Sequence[Point]
    limit: float | None = None


def points(
    panel: PointPanel,
    x_name: str,
    bands: Sequence[Band] = (),
    marks: Sequence[Mark] = (),
    alone: bool = False,
    least_x: float = 0.0,
) -> str:
    """The SVG of one panel; the x axis ends at `least_x` or later."""
    tops = [bound for point in panel.points for bound in (point.value, point.high or 0.0)]
    xs = [point.x for point in panel.points] + [band.end for band in bands]
    axes = Axes.over([1.04 * x for x in (*xs, least_x)], [*tops, panel.limit or 0.0])
    parts = [*frame(panel.title, axes, bands, x_name, 1.0), *level(axes, panel.limit)]
    for point in sorted(panel.points, key=lambda one: (one.x, one.value)):
        parts += _point(axes, point)
    return svg(panel.title, [*parts, *upright(axes, marks)], alone)


def _point(axes: Axes, point: Point) -> list[str]:
    kind = point.state if point.state in _KINDS else "warning"
    x = axes.x(point.x)
    y = axes.y(point.value)
    parts = []
    if point.low is not None and point.high is not None:
        low, high = axes.y(point.low), axes.y(point.high)
        parts.append(f'<line class="{kind}" x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}"/>')
    parts.append(f'<circle class="{kind} mark" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
    if point.sign:
        top = min(y, axes.y(point.high or 0.0)) - 7
        parts.append(f'<text x="{x:.1f}" y="{top:.1f}" text-anchor="middle">{escape(point.sign)}</text>')
    return parts


def stacked(panels: Sequence[PointPanel], x_name: str, band: Band | None, title: str) -> str:
    """The text of an SVG file with the charts of `panels` one below the other, over the same x axis."""
    bands = [band] if band else []
    least_x = max([1.0, *(point.x for panel in panels for point in panel.points)])
    head = 30
    height = head + len(panels) * HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">',
        STYLE,
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        f'<text x="8" y="18">{escape(title)}</text>',
    ]
    for number, panel in enumerate(panels):
        chart = points(panel, x_name, bands, least_x=least_x)
        place = f'<svg y="{head + number * HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        parts.append(chart.replace("<svg ", place, 1))
    return "\n".join([*parts, "</svg>"]) + "\n"

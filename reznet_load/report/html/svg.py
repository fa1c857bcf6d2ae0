"""Lines over time, and distributions, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reznet_load.report.html.frame import CLASSES, Axes, Band, Mark, frame, legend, level, svg, upright


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A line of a chart.

    name     shown in the legend
    values   None: a gap
    x        ascending, of the same length as `values`; None: the x of the chart
    """

    name: str
    values: Sequence[float | None]
    x: Sequence[float] | None = None


def lines(
    title: str,
    x: Sequence[float],
    drawn: Sequence[ChartLine],
    limit: float | None = None,
    bands: Sequence[Band] = (),
    x_name: str = "seconds from the first user",
    alone: bool = False,
    marks: Sequence[Mark] = (),
) -> str:
    """The SVG of lines over `x`. `alone`: with its own style, for a separate file."""
    places = [*x, *(place for line in drawn for place in line.x or ())]
    values = [value for line in drawn for value in line.values if value is not None]
    axes = Axes.over(places, [*values, *([] if limit is None else [limit])])
    parts = frame(title, axes, bands, x_name)
    for number, line in enumerate(drawn):
        kind = CLASSES[number % len(CLASSES)]
        for piece in _pieces(line.x or x, line.values):
            points = " ".join(f"{axes.x(px):.1f},{axes.y(py):.0f}" for px, py in piece)
            parts.append(f'<polyline class="line {kind}" points="{points}"/>')
    named = legend([line.name for line in drawn])
    return svg(title, [*parts, *level(axes, limit), *upright(axes, marks), *named], alone)


def distribution(
    title: str,
    curves: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    bands: Sequence[Band] = (),
    marks: Sequence[Mark] = (),
    alone: bool = False,
) -> str:
    """The SVG of distributions: the percentage of operations that took at most a number of ms.

    curves   (name, points (share, ms) in ascending order)
    """
    drawn = [
        ChartLine(name, [100 * share for share, _ in curve], [value for _, value in curve]) for name, curve in curves
    ]
    ends = [band.end for band in bands] + [mark.at for mark in marks]
    return lines(title, ends, drawn, None, bands, "ms", alone, marks)


def _pieces(x: Sequence[float], values: Sequence[float | None]) -> list[list[tuple[float, float]]]:
    """The parts of a line between gaps; a single value becomes a short dash."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for px, value in zip(x, values, strict=True):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((px, value))
    return [piece if len(piece) > 1 else [piece[0], (piece[0][0] + 1e-3, piece[0][1])] for piece in pieces if piece]

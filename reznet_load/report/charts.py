"""Points of a search as a small SVG of our own: two panels over the users, drawn with lines, circles and text alone.

GitHub shows an SVG file beside its Markdown, and nothing has to be installed for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 720, 250, 62, 34, 48
_COLOURS = {"pass": "#1a7f37", "fail": "#cf222e"}
_OTHER = "#9a6700"


@dataclass(frozen=True, slots=True)
class Point:
    """`value` at `users`, with bounds where it has some; `state` colours it."""

    users: float
    value: float
    state: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """Points over users, with a horizontal `limit` where there is one."""

    title: str
    points: Sequence[Point]
    limit: float | None = None


def chart(panels: Sequence[Panel], span: tuple[float, float] | None, title: str) -> str:
    """An SVG with one panel below the other; `span` of users is shaded."""
    height = _TOP + len(panels) * (_HEIGHT + _GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="18" font-size="14" fill="#1f2328">{escape(title)}</text>',
    ]
    for number, panel in enumerate(panels):
        parts += _panel(panel, span, _TOP + number * (_HEIGHT + _GAP))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel, span: tuple[float, float] | None, top: float) -> list[str]:
    most_x = 1.08 * max([1.0, *(point.users for point in panel.points)])
    tops = [bound for point in panel.points for bound in (point.value, point.high or 0.0)]
    most_y = 1.12 * max([1e-9, *tops, panel.limit or 0.0])

    def x(users: float) -> str:
        return f"{_LEFT + users / most_x * (_WIDTH - _LEFT - 16):.1f}"

    def y(value: float) -> str:
        return f"{top + 16 + (1 - value / most_y) * (_HEIGHT - 16):.1f}"

    low, high = span or (0.0, 0.0)
    bottom, right = y(0), x(most_x)
    parts = [f'<text x="{_LEFT}" y="{top + 8:.1f}" fill="#1f2328">{escape(panel.title)}</text>']
    if span:
        width = float(x(high)) - float(x(low))
        parts.append(f'<rect x="{x(low)}" y="{y(most_y)}" width="{width:.1f}" height="{_HEIGHT - 16}" fill="#ddf4ff"/>')
    parts += [_line(x(0), bottom, right, bottom, "#8c959f"), _line(x(0), y(most_y), x(0), bottom, "#8c959f")]
    for share in (0.0, 0.5, 1.0):
        value, users = share * most_y / 1.12, share * most_x / 1.08
        parts.append(f'<text x="{_LEFT - 6}" y="{y(value)}" text-anchor="end" fill="#59636e">{value:,.4g}</text>')
        parts.append(
            f'<text x="{x(users)}" y="{top + _HEIGHT + 16:.1f}" text-anchor="middle" fill="#59636e">{users:.0f}</text>'
        )
    if panel.limit is not None:
        parts.append(_line(x(0), y(panel.limit), right, y(panel.limit), "#cf222e", ' stroke-dasharray="5 4"'))
    for point in sorted(panel.points, key=lambda one: (one.users, one.value)):
        colour = _COLOURS.get(point.state, _OTHER)
        if point.low is not None and point.high is not None:
            parts.append(_line(x(point.users), y(point.low), x(point.users), y(point.high), colour))
        parts.append(f'<circle cx="{x(point.users)}" cy="{y(point.value)}" r="4" fill="{colour}"/>')
    return parts


def _line(x1: str, y1: str, x2: str, y2: str, colour: str, more: str = "") -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}"{more}/>'

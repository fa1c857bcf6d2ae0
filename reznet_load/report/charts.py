"""Points of a search as a small SVG of our own: two panels over the users, drawn with lines, circles and text alone.

GitHub shows an SVG file beside its Markdown, and nothing has to be installed for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

MOST_STEPS = 5  # between ticks, from 0 on
_HAIR = 1e-9
_NOTHING = 1e-6  # a panel of nothing larger has an axis to 1
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
class StepPanel:
    """Points over users, with a horizontal `limit` where there is one."""

    title: str
    points: Sequence[Point]
    limit: float | None = None


def chart(panels: Sequence[StepPanel], span: tuple[float, float] | None, title: str) -> str:
    """An SVG with one panel below the other, over the same users; `span` of them is shaded."""
    most_users = max([1.0, *(span or ()), *(point.users for panel in panels for point in panel.points)])
    height = _TOP + len(panels) * (_HEIGHT + _GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="18" font-size="14" fill="#1f2328">{escape(title)}</text>',
    ]
    for number, panel in enumerate(panels):
        parts += _panel(panel, span, 1.08 * most_users, _TOP + number * (_HEIGHT + _GAP))
    return "\n".join([*parts, "</svg>"]) + "\n"


def ticks(most: float, least_step: float = 0.0) -> list[tuple[float, str]]:
    """(value, label) from 0 up to `most` (> 0), 1, 2 or 5 times a power of ten apart, at least `least_step`.

    As many as MOST_STEPS steps allow, with the decimals that a step needs and spaces between thousands.
    """
    raw = max(most / MOST_STEPS, least_step)
    exponent = math.floor(math.log10(raw))
    power = 10.0**exponent
    # A hair's breadth is allowed for: 0.3 / 0.1 is less than 3, and 5 times 0.1 may be less than its raw step.
    factor = next(one for one in (1, 2, 5, 10) if one * power >= raw * (1 - _HAIR))
    step, places = factor * power, max(0, -exponent - (factor == 10))
    count = math.floor(most / step * (1 + _HAIR)) + 1
    return [(n * step, f"{n * step:,.{places}f}".replace(",", " ") if n else "0") for n in range(count)]


def _panel(panel: StepPanel, span: tuple[float, float] | None, most_x: float, top: float) -> list[str]:
    tops = [bound for point in panel.points for bound in (point.value, point.high or 0.0)]
    largest = max([0.0, *tops, panel.limit or 0.0])
    most_y = 1.12 * (largest if largest > _NOTHING else 1.0)

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
    for value, text in ticks(most_y):
        parts.append(_line(x(0), y(value), right, y(value), "#eaeef2"))
        parts.append(
            f'<text x="{_LEFT - 6}" y="{float(y(value)) + 4:.1f}" text-anchor="end" fill="#59636e">{text}</text>'
        )
    for users, text in ticks(most_x, 1.0):
        parts.append(_line(x(users), bottom, x(users), f"{float(bottom) + 4:.1f}", "#8c959f"))
        parts.append(
            f'<text x="{x(users)}" y="{top + _HEIGHT + 16:.1f}" text-anchor="middle" fill="#59636e">{text}</text>'
        )
    parts += [_line(x(0), bottom, right, bottom, "#8c959f"), _line(x(0), y(most_y), x(0), bottom, "#8c959f")]
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

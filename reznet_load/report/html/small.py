"""Small charts for tables of the page: a value with interval and limit, several values, and shares of a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from reznet_load.report.html.frame import CLASSES, WIDTH, svg

_WIDTH = 240


@dataclass(frozen=True, slots=True)
class Bounds:
    """A value with its two-sided 90 % interval (None if there is none). `kind`, an outcome or a CSS class, gives the colour."""

    value: float
    low: float | None
    high: float | None
    kind: str


def interval(
    title: str, value: float, low: float | None, high: float | None, limit: float, below: bool, outcome: str
) -> str:
    """The SVG of a value with its interval on a line from 0, and of the limit; the side that misses it is shaded."""
    return intervals(title, [Bounds(value, low, high, outcome)], limit, below)


def intervals(title: str, found: Sequence[Bounds], limit: float | None, below: bool) -> str:
    """The SVG of values with intervals, one line each, on one scale from 0; the side that misses `limit` is shaded."""
    height = 18 * len(found) + 8
    most = 1.25 * max([1e-9, limit or 0.0, *(max(one.value, one.high or 0.0) for one in found)])

    def at(number: float) -> float:
        return 4 + min(max(number, 0.0) / most, 1.0) * (_WIDTH - 8)

    parts = []
    if limit is not None:
        left, right = (at(limit), _WIDTH - 4.0) if below else (4.0, at(limit))
        parts = [
            f'<rect class="bad" x="{left:.1f}" y="4" width="{right - left:.1f}" height="{height - 8}"/>',
            f'<line class="limit" x1="{at(limit):.1f}" y1="2" x2="{at(limit):.1f}" y2="{height - 2}"/>',
        ]
    for number, one in enumerate(found):
        y = 13 + 18 * number
        parts.append(f'<line class="axis" x1="4" y1="{y}" x2="{_WIDTH - 4}" y2="{y}"/>')
        if one.low is not None and one.high is not None:
            ends = f'x1="{at(one.low):.1f}" y1="{y}" x2="{at(one.high):.1f}" y2="{y}"'
            parts.append(f'<line class="{one.kind} thick" {ends}/>')
        parts.append(f'<circle class="{one.kind} dot" cx="{at(one.value):.1f}" cy="{y}" r="4"/>')
    return svg(title, parts, False, _WIDTH, height)


def bar(title: str, shares: Sequence[tuple[str, float]]) -> str:
    """The SVG of shares of a whole, in percent, next to each other; large shares contain their names."""
    height = 34
    parts = []
    x = 0.0
    scale = WIDTH / max(sum(share for _, share in shares), 1e-9)
    for number, (name, share) in enumerate(shares):
        width = share * scale
        text = f"{name} {share:.0f} %"
        parts.append(
            f'<rect class="part{number % len(CLASSES)}" x="{x:.1f}" y="2" width="{max(width - 1, 0.5):.1f}" height="30">'
            f"<title>{escape(text)}</title></rect>"
        )
        if width > 7.2 * len(text):
            parts.append(f'<text class="within" x="{x + 6:.1f}" y="21">{escape(text)}</text>')
        x += width
    return svg(title, parts, False, WIDTH, height)

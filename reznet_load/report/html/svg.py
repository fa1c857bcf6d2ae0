"""Charts as SVG of our own: lines, bars and text, coloured by classes, so that a page or GitHub shows them light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from reznet_load.report.charts import ticks

WIDTH, HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 12, 26, 24
# A file that stands alone brings its colours along; in the page they come from its style sheet.
_LIGHT = {
    "text": "fill:#1f2328", ".soft": "fill:#59636e", ".grid": "stroke:#d1d9e0", ".shade": "fill:#ddf4ff", ".a": "stroke:#0969da",
    ".b": "stroke:#8250df", ".c": "stroke:#bf8700", ".d": "stroke:#1a7f37", ".e,.limit": "stroke:#cf222e", ".f": "stroke:#57606a",
}  # fmt: skip
_DARK = {
    "text": "fill:#f0f6fc", ".soft": "fill:#9198a1", ".grid": "stroke:#3d444d", ".shade": "fill:#0c2d6b", ".a": "stroke:#4493f8",
    ".b": "stroke:#ab7df8", ".c": "stroke:#d29922", ".d": "stroke:#3fb950", ".e,.limit": "stroke:#f85149", ".f": "stroke:#9198a1",
}  # fmt: skip


def _rules(colours: dict[str, str]) -> str:
    return "".join(f"{name}{{{value}}}" for name, value in colours.items())


# A file that stands alone brings its colours along, light and dark; in the page they come from its style sheet.
STYLE = (
    f"<style>svg{{font:12px sans-serif}}.line{{fill:none;stroke-width:1.6}}.dash{{stroke-dasharray:5 4}}{_rules(_LIGHT)}"
    f"@media(prefers-color-scheme:dark){{{_rules(_DARK)}}}</style>"
)
CLASSES = ("a", "b", "c", "d", "e", "f")


@dataclass(frozen=True, slots=True)
class ChartLine:
    """Values over the chart's x, None where there is none; `name` stands in the legend."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Band:
    """A span of x that is shaded: a judged phase."""

    begin: float
    end: float


def lines(
    title: str, x: Sequence[float], drawn: Sequence[ChartLine], limit: float | None = None, bands: Sequence[Band] = (),
    x_name: str = "seconds", alone: bool = False,
) -> str:  # fmt: skip
    """Lines over `x`, ascending; a gap where a value is None. `alone`: with its own style, for a file."""
    most_x = max([*x, 1e-9])
    values = [value for line in drawn for value in line.values if value is not None]
    most_y = 1.1 * max([1e-9, *values, limit or 0.0])
    parts = _frame(title, most_x, most_y, bands, x_name)
    for number, line in enumerate(drawn):
        kind = CLASSES[number % len(CLASSES)]
        for piece in _pieces(x, line.values):
            points = " ".join(f"{_x(px, most_x):.1f},{_y(py, most_y):.1f}" for px, py in piece)
            parts.append(f'<polyline class="line {kind}" points="{points}"/>')
    if limit is not None:
        y = _y(limit, most_y)
        parts.append(f'<line class="limit dash" x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}"/>')
    return _svg(title, [*parts, *_legend([line.name for line in drawn])], alone)


def _legend(names: Sequence[str]) -> list[str]:
    parts, x = [], WIDTH - _RIGHT
    for number, name in reversed(list(enumerate(names))):
        x -= 7 * len(name) + 26
        parts.append(f'<line class="line {CLASSES[number % len(CLASSES)]}" x1="{x}" y1="12" x2="{x + 14}" y2="12"/>')
        parts.append(f'<text class="soft" x="{x + 18}" y="16">{escape(name)}</text>')
    return parts


def _pieces(x: Sequence[float], values: Sequence[float | None]) -> list[list[tuple[float, float]]]:
    """The line's unbroken parts; one lone value is a short dash."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for px, value in zip(x, values, strict=True):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((px, value))
    return [piece if len(piece) > 1 else [piece[0], (piece[0][0] + 1e-3, piece[0][1])] for piece in pieces if piece]


def _x(value: float, most: float) -> float:
    return _LEFT + value / most * (WIDTH - _LEFT - _RIGHT)


def _y(value: float, most: float) -> float:
    return _TOP + (1 - value / most) * (HEIGHT - _TOP - _BOTTOM)


def _frame(title: str, most_x: float, most_y: float, bands: Sequence[Band], x_name: str) -> list[str]:
    parts = [f'<text x="{_LEFT}" y="16">{escape(title)}</text>']
    for band in bands:
        left, right = _x(band.begin, most_x), _x(min(band.end, most_x), most_x)
        height = HEIGHT - _TOP - _BOTTOM
        parts.append(f'<rect class="shade" x="{left:.1f}" y="{_TOP}" width="{right - left:.1f}" height="{height}"/>')
    for value, text in ticks(most_y):
        y = _y(value, most_y)
        parts.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text class="soft" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    for value, text in ticks(most_x):
        parts.append(
            f'<text class="soft" x="{_x(value, most_x):.1f}" y="{HEIGHT - 6}" text-anchor="middle">{text}</text>'
        )
    parts.append(f'<text class="soft" x="4" y="{HEIGHT - 6}">{escape(x_name)}</text>')
    return parts


def _svg(title: str, parts: list[str], alone: bool, width: int = WIDTH, height: int = HEIGHT) -> str:
    style = STYLE if alone else ""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
    return head + style + "".join(parts) + "</svg>"


def interval(
    title: str, value: float, low: float | None, high: float | None, limit: float, below: bool, outcome: str
) -> str:
    """A value with its interval on one line from 0, and the limit with the side that is bad shaded."""
    width, height = 240, 26
    most = 1.25 * max(limit, value, high or 0.0, 1e-9)

    def at(number: float) -> float:
        return 4 + max(number, 0.0) / most * (width - 8)

    bad = (at(limit), width - 4.0) if below else (4.0, at(limit))
    middle = height / 2
    parts = [
        f'<rect class="bad" x="{bad[0]:.1f}" y="4" width="{bad[1] - bad[0]:.1f}" height="{height - 8}"/>',
        f'<line class="axis" x1="4" y1="{middle}" x2="{width - 4}" y2="{middle}"/>',
        f'<line class="limit" x1="{at(limit):.1f}" y1="2" x2="{at(limit):.1f}" y2="{height - 2}"/>',
    ]
    if low is not None and high is not None:
        parts.append(
            f'<line class="{outcome} thick" x1="{at(low):.1f}" y1="{middle}" x2="{at(high):.1f}" y2="{middle}"/>'
        )
    parts.append(f'<circle class="{outcome} dot" cx="{at(value):.1f}" cy="{middle}" r="4"/>')
    return _svg(title, parts, False, width, height)


def bar(title: str, shares: Sequence[tuple[str, float]]) -> str:
    """Shares of one whole, in percent, one next to the other; the largest have their names within."""
    height, parts, x = 34, [], 0.0
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
    return _svg(title, parts, False, WIDTH, height)

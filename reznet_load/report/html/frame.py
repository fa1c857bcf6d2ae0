"""The parts that all charts share: size, axes, bands, marks, and light and dark colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from reznet_load.report.html.ticks import ticks

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 34, 36
CLASSES = ("a", "b", "c", "d", "e", "f")
_NOTHING = 1e-6  # if no value is larger, the axis ends at 1
_NAME = 40  # most letters of a name in the legend
_LETTER = 6.6  # width of a letter of 12 px, a little more than the mean
_LIGHT = {
    ".paper": "fill:#ffffff",
    "text": "fill:#1f2328", ".soft": "fill:#59636e", ".grid": "stroke:#d1d9e0", ".shade": "fill:#ddf4ff", ".away": "fill:#ffebe9",
    ".a": "stroke:#0969da", ".b": "stroke:#8250df", ".c": "stroke:#9a6700", ".d": "stroke:#1a7f37", ".e": "stroke:#cf222e",
    ".f": "stroke:#57606a", ".limit": "stroke:#cf222e", ".moment": "stroke:#1f2328",
    ".pass": "stroke:#1a7f37;fill:#1a7f37", ".fail": "stroke:#cf222e;fill:#cf222e", ".warning": "stroke:#9a6700;fill:#9a6700",
    ".pending": "stroke:#59636e;fill:#59636e",
}  # fmt: skip
_DARK = {
    ".paper": "fill:#0d1117",
    "text": "fill:#f0f6fc", ".soft": "fill:#9198a1", ".grid": "stroke:#3d444d", ".shade": "fill:#12263f", ".away": "fill:#3c1618",
    ".a": "stroke:#4493f8", ".b": "stroke:#ab7df8", ".c": "stroke:#d29922", ".d": "stroke:#3fb950", ".e": "stroke:#f85149",
    ".f": "stroke:#9198a1", ".limit": "stroke:#f85149", ".moment": "stroke:#f0f6fc",
    ".pass": "stroke:#3fb950;fill:#3fb950", ".fail": "stroke:#f85149;fill:#f85149", ".warning": "stroke:#d29922;fill:#d29922",
    ".pending": "stroke:#9198a1;fill:#9198a1",
}  # fmt: skip


def _rules(colours: dict[str, str]) -> str:
    return "".join(f"{name}{{{value}}}" for name, value in colours.items())


# A separate file contains light and dark colours; in the page the style sheet has them.
STYLE = (
    "<style>svg{font:12px sans-serif}.line{fill:none;stroke-width:1.6}.dash{stroke-dasharray:5 4}.moment{stroke-dasharray:2 3}"
    f"{_rules(_LIGHT)}@media(prefers-color-scheme:dark){{{_rules(_DARK)}}}</style>"
)


@dataclass(frozen=True, slots=True)
class Band:
    """A shaded span of x, such as a judged phase or an interval. `away`: a part was cut off during this time."""

    begin: float
    end: float
    away: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line at x = `at` with a text: an event at that moment, or a limit on the x axis."""

    at: float
    text: str
    limit: bool = False


@dataclass(frozen=True, slots=True)
class Axes:
    """Axes from 0 to `most_x` and `most_y`; they convert values to positions. Values outside are drawn at the edge."""

    most_x: float
    most_y: float

    @classmethod
    def over(cls, xs: Sequence[float], ys: Sequence[float]) -> Axes:
        """Axes for all of `xs` and `ys`, with some space above the largest `ys`."""
        most_x, most_y = max([0.0, *xs]), max([0.0, *ys])
        return cls(most_x if most_x > _NOTHING else 1.0, 1.1 * (most_y if most_y > _NOTHING else 1.0))

    def x(self, value: float) -> float:
        """The position of `value` from the left edge of the drawing."""
        return LEFT + min(max(value / self.most_x, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """The position of `value` from the top of the drawing."""
        return TOP + (1 - min(max(value / self.most_y, 0.0), 1.0)) * (HEIGHT - TOP - BOTTOM)


def frame(title: str, axes: Axes, bands: Sequence[Band], x_name: str, least_step: float = 0.0) -> list[str]:
    """SVG of title, shaded bands, grid, and the numbers of both axes."""
    parts = [f'<text x="{LEFT}" y="14">{escape(title)}</text>']
    for band in bands:
        left, right = axes.x(band.begin), axes.x(band.end)
        kind, height = "away" if band.away else "shade", HEIGHT - TOP - BOTTOM
        parts.append(f'<rect class="{kind}" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{height}"/>')
    grid = [(axes.y(value), text) for value, text in ticks(axes.most_y)]
    rules = "".join(f"M{LEFT} {y:.1f}H{WIDTH - RIGHT}" for y, _ in grid)
    parts.append(f'<path class="grid" d="{rules}"/>')
    parts += [f'<text class="soft" x="{LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{text}</text>' for y, text in grid]
    for value, text in ticks(axes.most_x, least_step):
        at = min(axes.x(value), WIDTH - 4 - _LETTER * len(text) / 2)
        parts.append(f'<text class="soft" x="{at:.0f}" y="{HEIGHT - 20}" text-anchor="middle">{text}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [*parts, f'<text class="soft" x="{middle}" y="{HEIGHT - 4}" text-anchor="middle">{escape(x_name)}</text>']


def upright(axes: Axes, marks: Sequence[Mark]) -> list[str]:
    """SVG of marks with their texts. In the right half the text is on the left of the line, to stay in the picture."""
    parts = []
    for number, mark in enumerate(marks):
        x, kind = axes.x(mark.at), "limit dash" if mark.limit else "moment"
        parts.append(f'<line class="{kind}" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>')
        side, anchor = (4, "start") if x < (LEFT + WIDTH) / 2 else (-4, "end")
        y = TOP + 12 + 13 * (number % 4)
        parts.append(f'<text x="{x + side:.1f}" y="{y}" text-anchor="{anchor}">{escape(mark.text)}</text>')
    return parts


def level(axes: Axes, limit: float | None) -> list[str]:
    """SVG of a dashed line at `limit` on the y axis; [] without a limit."""
    if limit is None:
        return []
    y = axes.y(limit)
    return [f'<line class="limit dash" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>']


def legend(names: Sequence[str]) -> list[str]:
    """SVG of the legend below the title. Long names end in `…`; the end says how many names are not shown."""
    parts, x = [], float(LEFT)
    for number, name in enumerate(map(_short, names)):
        width = _LETTER * len(name) + 34
        rest = len(names) - number
        if x + width + (_LETTER * len(_more(rest)) if rest > 1 else 0) > WIDTH:
            parts.append(f'<text class="soft" x="{x:.0f}" y="29">{_more(rest)}</text>')
            break
        parts.append(
            f'<line class="line {CLASSES[number % len(CLASSES)]}" x1="{x:.0f}" y1="25" x2="{x + 14:.0f}" y2="25"/>'
            f'<text class="soft" x="{x + 18:.0f}" y="29">{escape(name)}</text>'
        )
        x += width
    return parts


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1].rstrip()}…"


def _more(count: int) -> str:
    return f"and {count} more"


def svg(title: str, parts: Sequence[str], alone: bool = False, width: int = WIDTH, height: int = HEIGHT) -> str:
    """The svg element with `parts`; `alone`: with its own style, for a separate file."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
    # The file has its own background: if theme and system of a viewer differ, light letters would be on white.
    own = f'{STYLE}<rect class="paper" width="{width}" height="{height}"/>' if alone else ""
    return head + own + "".join(parts) + "</svg>"

"""The charts of a duel as SVG: all changes with intervals and margins, and the pairs of a row over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from reznet_load.report.duel.words import number

_WIDTH, _LEFT, _RIGHT, _TOP, _LINE = 720, 270, 20, 30, 22
_HEIGHT = 150  # height of the chart of pairs over time
_LEAST, _MOST = 2.0, 200.0  # smallest and largest end of a scale, in percent


@dataclass(frozen=True, slots=True)
class Whisker:
    """One change in percent or points; `state` colours it: pass, warning, fail."""

    name: str
    estimate: float
    low: float
    high: float
    margin: float
    state: str


@dataclass(frozen=True, slots=True)
class _Scale:
    """A scale from percent to x or y: 0 is in the middle between `begin` and `end`, and ± `reach` at the ends."""

    begin: float
    end: float
    reach: float

    def at(self, value: float) -> float:
        """The position of `value`, clipped to the ends."""
        share = max(-1.0, min(value / self.reach, 1.0))
        return (self.begin + self.end) / 2 + share * (self.end - self.begin) / 2


def forest(whiskers: Sequence[Whisker]) -> str:
    """All changes on one scale with 0 in the middle, each with its margin."""
    reach = _reach([bound for one in whiskers for bound in (one.low, one.high, 1.2 * one.margin)])
    scale = _Scale(_LEFT, _WIDTH - _RIGHT, reach)
    height = _TOP + _LINE * len(whiskers) + 24
    bottom = height - 22
    parts = [f'<text class="soft" x="{_LEFT}" y="16">B faster</text>']
    parts.append(f'<text class="soft" x="{_WIDTH - _RIGHT}" y="16" text-anchor="end">B slower</text>')
    parts.append(f'<line class="axis" x1="{scale.at(0):.1f}" y1="{_TOP - 8}" x2="{scale.at(0):.1f}" y2="{bottom}"/>')
    for place, one in enumerate(whiskers):
        parts += _whisker(one, scale, _TOP + place * _LINE + 8)
    for value in (-reach, 0.0, reach):
        x = scale.at(value)
        parts.append(f'<text class="soft" x="{x:.1f}" y="{height - 6}" text-anchor="middle">{number(value)} %</text>')
    return _svg("Change of each row with its 90 % interval; the dashed line is the margin", parts, height)


def _whisker(one: Whisker, scale: _Scale, y: float) -> list[str]:
    left, right, margin = scale.at(one.low), scale.at(one.high), scale.at(one.margin)
    text = f"{one.name}: {number(one.estimate)} ({number(one.low)} to {number(one.high)})"
    return [
        f'<text x="4" y="{y + 4}">{escape(one.name)}</text>',
        f'<line class="limit dash" x1="{margin:.1f}" y1="{y - 9}" x2="{margin:.1f}" y2="{y + 9}"/>',
        f'<line class="{one.state} thick" x1="{left:.1f}" y1="{y}" x2="{right:.1f}" y2="{y}"><title>{escape(text)}</title></line>',
        f'<circle class="{one.state} dot" cx="{scale.at(one.estimate):.1f}" cy="{y}" r="4"/>',
    ]


def over_time(name: str, minutes: Sequence[float], values: Sequence[float | None], margin: float) -> str:
    """A chart of the difference of each pair over time.

    minutes   the middle of each block, in minutes from the start
    values    percent; None for a block without a pair
    """
    reach = _reach([margin, *(value for value in values if value is not None)])
    scale = _Scale(_HEIGHT - 24, 24, reach)
    left, right = 60, _WIDTH - _RIGHT
    longest = max([*minutes, 1e-9])
    parts = [f'<text x="{left}" y="14">{escape(name)}: B against A, pair by pair</text>']
    for value, kind in ((0.0, "axis"), (margin, "limit dash")):
        y = scale.at(value)
        parts.append(f'<line class="{kind}" x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
    for value in (-reach, 0.0, reach):
        y = scale.at(value) + 4
        parts.append(f'<text class="soft" x="{left - 6}" y="{y:.1f}" text-anchor="end">{number(value)} %</text>')
    for at, value in zip(minutes, values, strict=True):
        if value is not None:
            x = left + at / longest * (right - left) * 0.98
            parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{scale.at(value):.1f}" r="4"/>')
    parts.append(f'<text class="soft" x="{right}" y="{_HEIGHT - 4}" text-anchor="end">{number(longest)} minutes</text>')
    return _svg(f"{name}: the difference of each pair", parts, _HEIGHT)


def _reach(values: Sequence[float]) -> float:
    """The end of the scale: a round number of percent that is larger than all `values`."""
    most = min(max([_LEAST, *(abs(value) for value in values)]), _MOST)
    step = 10 ** math.floor(math.log10(most))
    return math.ceil(most / step) * step


def _svg(title: str, parts: list[str], height: float) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">'
    return head + "".join(parts) + "</svg>"

"""The table of a run on a terminal, as lines of text: a bar with the time left, and each row with its state."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from reznet_load.core.nfr import Nfr
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.core.units import format_value
from reznet_load.load.console import painted
from reznet_load.load.live.row_state import RECENT_SECONDS, RowState

GOOD, BAD, DOUBTFUL = "32", "31", "33"  # green, red, yellow, by terminal number
_BAR = 24
_CHROME = 4  # lines of the table that are not rows, and one for the cursor
_NUMBERS = 52  # columns of a line between the row's name and its state


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row at present; times in ms. `state` is shown in `color`, with the most frequent kind of failure."""

    name: str
    ok: int
    failed: int
    recent: float | None
    whole: float | None
    limit: str
    state: str
    color: str


def table_row(key: str, row: RowState, required: Sequence[Nfr], broken: bool, now: float) -> TableRow:
    """The TableRow of the row `key`, with its state by what is `required` of it."""
    about = [nfr for nfr in required if nfr.matches(key)]
    times = [nfr for nfr in about if nfr.limit.unit == "ms"]
    shown = next((nfr for nfr in times if nfr.statistic == "p95"), times[0] if times else None)
    most = next((nfr.limit for nfr in about if nfr.statistic == "error_rate"), None)
    recent = row.p95_at(now)
    state, color = "ok", GOOD
    if broken or (row.failed and not row.ok):
        state, color = "no success", BAD
    elif most and not most.holds(100 * row.failed / (row.ok + row.failed)):
        state, color = "failing", BAD
    elif shown and shown.statistic == "p95" and recent is not None and not shown.limit.holds(recent):
        state, color = "above limit", DOUBTFUL
    if row.failed:
        text, count = row.errors.most_common(1)[0]
        state += f": {count} × {for_terminal(text, 200)}"
    limit = f"{shown.statistic} {shown.limit.text}" if shown else ""
    return TableRow(for_terminal(key), row.ok, row.failed, recent, row.p95, limit, state, color)


def table_lines(
    head: str, elapsed: float, duration: float | None, rows: Sequence[TableRow], size: tuple[int, int], colored: bool
) -> list[str]:
    """Lines for a terminal of `size` (columns, lines), which they do not exceed; `duration` None: no planned end.

    Broken rows come first, then rows above their limit, then the others by name.
    """
    width, height = size
    name = max(10, min(width - _NUMBERS - 12, max((len(one.name) for one in rows), default=0), 44))
    titles = ("ok", "failed", f"p95 {RECENT_SECONDS:.0f} s", "p95", "limit")
    rows = sorted(rows, key=lambda one: ((BAD, DOUBTFUL, GOOD).index(one.color), one.name))
    lines = [cut(f"{head}  {_bar(elapsed, duration)}", width), cut(_line("", name, titles) + "  state", width)]
    room = max(1, height - _CHROME)
    for one in rows[:room]:
        times = (format_value(one.recent, "ms"), format_value(one.whole, "ms"))
        line = _line(one.name, name, (f"{one.ok}", f"{one.failed}", *times, one.limit)) + "  "
        state = cut(one.state, max(0, width - _wide(line)))
        lines.append(cut(line, width) + painted(state, one.color if colored else ""))
    if len(rows) > room:
        lines.append(cut(f"{len(rows) - room} other rows", width))
    return lines


def _line(name: str, width: int, cells: Sequence[str]) -> str:
    shown = cut(name, width)
    ok, failed, recent, whole, limit = cells
    return f"{shown}{' ' * (width - _wide(shown))} {ok:>7} {failed:>7} {recent:>9} {whole:>9}  {limit:<12}"


def _bar(elapsed: float, duration: float | None) -> str:
    if not duration:
        return ""
    done = min(1.0, elapsed / duration)
    full = round(_BAR * done)
    minutes, seconds = divmod(max(0, round(duration - elapsed)), 60)
    return f"{'█' * full}{'░' * (_BAR - full)} {minutes}:{seconds:02d} left"


def _wide(text: str) -> int:
    return sum(_columns(one) for one in text)


def _columns(one: str) -> int:
    return 0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1


def cut(text: str, width: int) -> str:
    """`text` cut to `width` columns, because a longer line would wrap."""
    if _wide(text) <= width:
        return text
    kept, used = "", 0
    if width < 1:
        return kept
    for one in text:
        used += _columns(one)
        if used > width - 1:
            break
        kept += one
    return kept + "…"

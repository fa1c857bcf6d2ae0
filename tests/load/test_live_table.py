"""A run in progress: broken rows are reported at once and only once, the table fits its terminal, colours only on
request.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.core.settings.settings import Settings
from reznet_load.load import console
from reznet_load.load.live.broken_rows import BROKEN_SECONDS, BrokenRows, required_of
from reznet_load.load.live.row_state import RECENT_SECONDS, RowState
from reznet_load.load.live.table import BAD, DOUBTFUL, GOOD, table_lines, table_row

REQUIRED = required_of(Settings())
TURN = "CHAT agent turn"


def state(*came: tuple[float, list[float], list[str]]) -> RowState:
    """A row of (when, ms of successes, failures)."""
    made = RowState()
    for when, times, errors in came:
        made.add(Counter(times), Counter(errors), when)
    return made


def test_the_p95_is_of_successes_in_all_and_of_the_last_ten_seconds() -> None:
    row = state((0.0, [100.0] * 50, ["x"]), (30.0, [900.0] * 10, []))
    assert (row.ok, row.failed, row.p95, row.p95_at(31.0)) == (60, 1, 900.0, 900.0)
    assert state((0.0, [100.0] * 99, []), (30.0, [900.0], [])).p95 == 100.0
    assert row.p95_at(31.0 + RECENT_SECONDS) is None


def test_a_row_without_a_success_for_twenty_seconds_is_reported_once_and_again_after_it_recovered() -> None:
    broken = BrokenRows(REQUIRED)
    row = state((0.0, [], ["silence: no first token in time"] * 5))
    assert broken.look({TURN: row}, BROKEN_SECONDS - 1) == []
    (said,) = broken.look({TURN: row}, BROKEN_SECONDS)
    assert said == "no agent turn has succeeded for 20 s, 5 failed in a row: 5 × silence: no first token in time"
    assert broken.look({TURN: row}, 40.0) == [] and broken.broken
    row.add(Counter([5.0]), Counter(), 41.0)
    assert broken.look({TURN: row}, 41.0) == [] and not broken.broken
    row.add(Counter(), Counter(["x"] * 3), 42.0)
    assert broken.look({TURN: row}, 62.0) != []


def test_two_failures_and_rows_that_can_fail_no_run_are_not_reported() -> None:
    rows = {TURN: state((0.0, [], ["x"] * 2)), "PROVIDER simulated": state((0.0, [], ["x"] * 9))}
    assert BrokenRows(REQUIRED).look(rows, 60.0) == []


def test_broken_rows_come_first_then_rows_above_their_limit_with_the_kind_of_failure() -> None:
    rows = {
        "GET /health": state((0.0, [5.0] * 9, [])),
        "GET /api/agents": state((0.0, [5000.0] * 9, [])),
        TURN: state((0.0, [], ["error after reply"] * 3 + ["silence"])),
        "CHAT echo": state((0.0, [5.0] * 9, ["lost"])),
    }
    made = [table_row(key, row, REQUIRED, False, 1.0) for key, row in rows.items()]
    assert {one.name: one.color for one in made} == {
        TURN: BAD, "CHAT echo": BAD, "GET /api/agents": DOUBTFUL, "GET /health": GOOD
    }  # fmt: skip
    turns = made[2]
    assert turns.state == "no success: 3 × error after reply" and turns.limit == "p95 < 3 s" and turns.whole is None
    lines = table_lines("head", 1.0, None, made, (120, 20), False)
    assert [line.split("  ")[0] for line in lines[2:]] == [
        "CHAT agent turn",
        "CHAT echo",
        "GET /api/agents",
        "GET /health",
    ]
    assert "above limit" in lines[4]


@given(
    st.dictionaries(st.text(min_size=1, max_size=40), st.integers(0, 5), max_size=40),
    st.integers(1, 200), st.integers(1, 60), st.floats(0, 200), st.none() | st.floats(1, 100), st.booleans(),
)  # fmt: skip
def test_no_line_is_wider_than_the_terminal_and_there_are_no_more_than_it_has(
    names: dict[str, int], width: int, height: int, elapsed: float, duration: float | None, colored: bool
) -> None:
    states = {name: state((0.0, [1.0] * n, ["e"] * n)) for name, n in names.items()}
    rows = [table_row(name, row, (), False, 1.0) for name, row in states.items()]
    lines = table_lines("00:10  steady", elapsed, duration, rows, (width, height), colored)
    shown = [re.sub("\x1b\\[[0-9]*m", "", line) for line in lines]
    assert all(len(line) <= width and "\n" not in line and "\x1b" not in line for line in shown)
    assert len(lines) <= max(height, 4)
    assert colored or lines == shown


def test_the_bar_has_the_time_that_is_left() -> None:
    (head, *_) = table_lines("h", 30.0, 120.0, [], (120, 20), False)
    assert head == "h  " + "█" * 6 + "░" * 18 + " 1:30 left"
    assert "left" not in table_lines("h", 30.0, None, [], (120, 20), False)[0]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("wish", "terminal", "environ", "expected"),
    [
        ("auto", True, {"TERM": "xterm"}, True),
        ("auto", True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        ("auto", True, {"TERM": "xterm", "NO_COLOR": ""}, True),
        ("auto", True, {"TERM": "dumb"}, False),
        ("auto", False, {"TERM": "xterm"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"TERM": "xterm"}, False),
    ],
)
def test_colours_are_for_terminals_or_on_request(
    monkeypatch: pytest.MonkeyPatch, wish: str, terminal: bool, environ: dict[str, str], expected: bool
) -> None:
    monkeypatch.setattr("sys.stdout", Terminal() if terminal else io.StringIO())
    assert console.colored(wish, environ) is expected


def test_printed_lines_appear_above_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setattr("sys.stdout", out)
    screen = console.Screen()
    screen.draw(["a", "b"])
    screen.above("said", False)
    screen.draw(["c", "d"])
    screen.leave()
    screen.above("after", False)
    up = "\x1b[2F\x1b[J"
    assert out.getvalue() == f"a\nb\n{up}said\na\nb\n{up}c\nd\nafter\n"


def test_the_requirements_of_another_backend_are_those_of_any_chat_backend(tmp_path: Path) -> None:
    overlay = tmp_path / "mine.toml"
    overlay.write_text('[[nfr]]\nid = "first_token_mean"\nlimit = "< 3 s"\n')
    assert "first_token_mean" in {nfr.id for nfr in required_of(Settings(dialect="openai", nfr=str(overlay)))}
    assert "db_query_p95" not in {nfr.id for nfr in required_of(Settings(dialect="openai"))}

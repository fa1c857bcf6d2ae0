"""The table of failures, and the files next to a published document."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from reznet_load.core.folder import DETAILS, DOCUMENT, OPERATIONS
from reznet_load.report.publish import publish
from reznet_load.report.render import render, render_details
from reznet_load.report.sections import what_failed
from reznet_load.result.assemble import AssembledRun, judge_folder
from tests import builders

ERROR = "error after reply: x"


def failing(
    folder: Path, said: str = "no route to model", ids: dict[str, str] | None = None, kinds: int = 1
) -> AssembledRun:
    """A run whose turns all fail, one operation kept."""
    rows, units = builders.healthy()
    errors = {"CHAT agent turn": (np.arange(200) >= 0, ERROR)}
    for number in range(kinds - 1):
        rows[f"GET /api/{number}"] = np.full(50, 1.0)
        errors[f"GET /api/{number}"] = (np.arange(50) < 10 + number, f"HTTP {500 + number}")
    made = builders.write_run(folder, rows, units, errors=errors)
    entry = {"row": "CHAT agent turn", "error": ERROR, "value": 9.0, "start": builders.ORIGIN + 20, "text": said}
    (made / OPERATIONS).write_text(json.dumps(entry | (ids or {})) + "\n")
    return judge_folder(made)


def line(run: AssembledRun) -> str:
    table = render(run).split("### Failures")[1].split("## Test Setup")[0]
    return next(line for line in table.splitlines() if line.startswith("| CHAT agent turn |"))


def test_a_kind_has_its_count_share_times_words_and_the_command_that_finds_it(tmp_path: Path) -> None:
    ids = {"request_id": "deadbeef", "message": "m-1", "channel": "c 2"}
    assert line(failing(tmp_path / "run", ids=ids)) == (
        "| CHAT agent turn | error after reply: x | 200 of 200 | 100.0 % | 14:13:30 | 14:14:29 | quoted with problem 1 | "
        "`grep -rn -e deadbeef -e m-1 -e 'c 2' LOGS` |"
    )


def test_without_ids_there_is_no_command_and_hostile_text_is_escaped(tmp_path: Path) -> None:
    assert line(failing(tmp_path / "run")).endswith("| quoted with problem 1 | - |")
    run = failing(tmp_path / "evil", "<b>|x| `y`", {"message": "a|b`c"})
    evil = line(run)
    assert "<b>" not in evil and evil.count("|") == 9
    said = next(what_failed.cells(one)["said"] for one in run.result.failures if one.row == "CHAT agent turn")
    assert said == "“&lt;b>&#124;x&#124; \\`y\\`”"


def test_more_kinds_than_fit_are_in_the_details(tmp_path: Path) -> None:
    run = failing(tmp_path / "run", kinds=20)
    assert "8 more kinds: [DETAILS.md](DETAILS.md#more-failures)" in render(run)
    assert render_details(run).split("## More Failures")[1].count("| GET /api/") == 8


def test_a_row_without_a_success_shows_its_times_without_dashes(tmp_path: Path) -> None:
    text = render(failing(tmp_path / "run"))
    assert "- Median (p50): none succeeded" in text and "| CHAT agent turn | 0 | 200 | " in text
    row = next(line for line in text.splitlines() if line.startswith("| CHAT agent turn | 0 |"))
    assert row.count("none succeeded") == 5
    assert "; none succeeded: CHAT agent turn" in text.split("*Standard Load Test")[1].split("*Stress Test")[0]


def test_details_and_charts_lie_next_to_both_documents_and_those_of_an_earlier_run_go(tmp_path: Path) -> None:
    folder = tmp_path / "20260921-120000_load_abc1234"
    failing(folder)
    publish(folder, new=True)
    for place in (folder, tmp_path):
        assert (place / "charts" / "failures.svg").exists() and (place / DETAILS).read_text() == render_details(
            judge_folder(folder)
        )
        shown = [part.split(")")[0] for part in (place / DOCUMENT).read_text().split("](charts/")[1:]]
        assert "latency.svg" in shown and all((place / "charts" / name).exists() for name in shown)
    shutil.rmtree(folder)
    rows, units = builders.healthy()
    publish(builders.write_run(folder, rows, units), new=True)
    assert not (tmp_path / "charts" / "failures.svg").exists() and (tmp_path / "charts" / "latency.svg").exists()

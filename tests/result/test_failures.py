"""What failed, kind by kind: counts and times of the judged phases, and what the backend said, verbatim."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from reznet_load.core.folder import OPERATIONS
from reznet_load.core.run_files import read_result
from reznet_load.report.console import table
from reznet_load.report.publish import publish
from reznet_load.report.render import render
from reznet_load.result.assemble import AssembledRun, judge_folder
from tests import builders

AFTER_REPLY = "error after reply: a whole reply, then an error message of the same agent"
SAID = "'MessageStreamManager' object does not support the asynchronous context manager protocol"


def run(folder: Path, said: tuple[str, ...] = (SAID, SAID, "other")) -> AssembledRun:
    rows, units = builders.healthy()
    made = builders.write_run(folder, rows, units, errors={"CHAT agent turn": (np.arange(200) < 150, AFTER_REPLY)})
    entry = {"row": "CHAT agent turn", "error": AFTER_REPLY, "value": 900.0}
    lines = [
        entry | {"start": builders.ORIGIN + 20 + n, "text": text, "request_id": f"r{n}"} for n, text in enumerate(said)
    ]
    lines += [entry | {"start": builders.ORIGIN + 2, "text": "of the ramp-up"}] * 5
    (made / OPERATIONS).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return judge_folder(made)


def test_a_kind_has_its_count_share_times_and_most_frequent_text(tmp_path: Path) -> None:
    (kind,) = run(tmp_path / "run").result.failures
    assert (kind.row, kind.error, kind.count, kind.total) == ("CHAT agent turn", AFTER_REPLY, 150, 200)
    assert kind.first is not None and kind.last is not None
    assert (
        builders.ORIGIN + 10
        < kind.first
        < builders.ORIGIN + 11
        < builders.ORIGIN + 54
        < kind.last
        < builders.ORIGIN + 56
    )
    assert (kind.text, kind.said, kind.kept, kind.ids) == (SAID, 2, 3, ("r0", "r1", "r2"))


def test_the_text_stands_verbatim_in_the_document_and_at_the_consoles_end(tmp_path: Path) -> None:
    found = run(tmp_path / "run")
    text = render(found)
    failures = text.split("### Failures")[1].split("## Test Setup")[0]
    assert (
        f"| CHAT agent turn | {AFTER_REPLY} | 150 of 200 | 75.0 % |" in failures
        and "| quoted with problem 1 |" in failures
    )
    assert f"The backend said (2 of 3 that were kept whole): “{SAID}”" in text and text.count(SAID) == 1
    said = " ".join(table(found.result).split())
    assert f"CHAT agent turn: 150 of 200 failed: 150 × {AFTER_REPLY}" in said and f"“{SAID}”" in said


def test_backend_text_is_neither_markup_nor_a_terminal_command(tmp_path: Path) -> None:
    found = run(tmp_path / "run", said=("<img src=x> **b** \x1b[31m",))
    assert "\x1b" not in table(found.result) and "\x1b" not in render(found)
    assert "&lt;img" in render(found).split("1. **")[1].split("### NFR Targets")[0]


def test_failures_are_in_result_json_and_read_back(tmp_path: Path) -> None:
    found = run(tmp_path / "run")
    publish(tmp_path / "run", new=False)
    assert read_result(tmp_path / "run" / "result.json").failures == found.result.failures

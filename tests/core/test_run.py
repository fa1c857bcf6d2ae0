"""The record of a run: outcomes, exit codes, and writing and reading its file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reznet_load.core import folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.finding import Finding
from reznet_load.core.measured.measurement import Row
from reznet_load.core.outcome import outcome_of
from reznet_load.core.profile import Phase
from reznet_load.core.regression import Change, Regression
from reznet_load.core.run import Caution, RunInfo, RunResult, Verdict
from reznet_load.core.run_files import read_info, read_result, to_json

INFO = RunInfo("id", "load", "2026-01-01T00:00:00Z", "http://h", "embedded", 50, "reznet-load load")
VOID = Caution("lag", "late", "more workers", void=True)


def verdict(outcome: str, **changes: object) -> Verdict:
    return replace(Verdict("x", "X", outcome, "ms", "< 1 s"), **changes)


@pytest.mark.parametrize(
    ("info", "outcomes", "cautions", "expected"),
    [
        ({}, ["pass"], (), ("pass", 0)),
        ({}, ["pass", "warning"], (), ("warning", 0)),
        ({"strict": True}, ["pass", "warning"], (), ("warning", 1)),
        ({}, ["warning", "pending"], (), ("unjudged", 2)),
        ({}, ["pending", "fail"], (), ("fail", 1)),
        ({}, ["fail"], (VOID,), ("void", 3)),
        ({"interrupted": True}, ["fail"], (VOID,), ("interrupted", 130)),
        ({}, [], (), ("unjudged", 2)),
        ({"stopped": "no agent turn has succeeded"}, ["pass", "pending"], (), ("fail", 1)),
        ({"stopped": "no agent turn has succeeded"}, ["pass"], (VOID,), ("void", 3)),
    ],
)
def test_the_higher_line_of_the_outcome_table_wins(
    info: dict, outcomes: list[str], cautions: tuple[Caution, ...], expected: tuple[str, int]
) -> None:
    assert outcome_of(replace(INFO, **info), tuple(map(verdict, outcomes)), cautions) == expected


@pytest.mark.parametrize(
    ("kind", "counts", "cautions", "expected"),
    [
        ("regression", True, (), ("fail", 1)),
        ("regression", False, (), ("pass", 0)),
        ("suspect", True, (), ("pass", 0)),
        ("baseline", True, (), ("pass", 0)),
        ("regression", True, (VOID,), ("void", 3)),
    ],
)
def test_only_a_proven_regression_of_a_required_nfr_fails_a_run(
    kind: str, counts: bool, cautions: tuple[Caution, ...], expected: tuple[str, int]
) -> None:
    worse = Regression("x", kind, 21.0, "", "", "", counts)
    assert outcome_of(INFO, (verdict("pass"),), cautions, (worse,)) == expected


@pytest.mark.parametrize("change", [{"required": False}, {"counts": False}])
@pytest.mark.parametrize("outcome", ["fail", "warning", "pending"])
def test_verdicts_that_do_not_count_never_change_the_outcome(change: dict, outcome: str) -> None:
    verdicts = (verdict("pass"), verdict(outcome, **change))
    assert outcome_of(replace(INFO, strict=True), verdicts, ()) == ("pass", 0)


def test_a_result_survives_its_file(tmp_path: Path) -> None:
    info = replace(INFO, phases=(Phase("steady", 1.5, 61.5, 50, True),), cautions=(VOID,), has=("rest",))
    row = Row("CHAT ping", "steady", "ms", 10, 2, errors={"no pong": 2})
    change = Change("x", "▲", 21.0, True, 6, 0, 100.0)
    worse = Regression("x", "regression", 21.0, "abc", "evidence", "text")
    found = Finding("cold_cache", "text", "evidence", "advice", ("a", "b"), shares={"cache": 60.0}, cost=1.5)
    result = RunResult("fail", 1, info, (row,), (verdict("fail"),), (VOID,), (found,), (change,), (worse,))
    path = tmp_path / "result.json"
    path.write_text(to_json(result))
    assert read_result(path) == result
    data = json.loads(path.read_text())
    data["findings"] = [{"id": "x", "text": "t", "evidence": "e", "advice": "a", "about": "error_rate"}]  # as 0.1.0
    path.write_text(json.dumps(data))
    assert read_result(path).findings[0].about == ("error_rate",)


def test_a_field_of_a_later_version_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(to_json(INFO).replace('"id": "id"', '"id": "id", "of_the_future": 1'))
    assert read_info(path) == INFO


@pytest.mark.parametrize(
    "field", ["users", "notes", "lacks", "clock_offsets", "started", "environment", "origin", "phases"]
)
def test_a_field_of_the_wrong_kind_is_named(tmp_path: Path, field: str) -> None:
    path, data = tmp_path / "run.json", json.loads(to_json(INFO))
    path.write_text(json.dumps(data | {field: 3.5 if field == "started" else "odd"}))
    with pytest.raises(ConfigError, match=field):
        read_info(path)


def test_a_run_without_counting_verdicts_does_not_pass() -> None:
    pending = verdict("pending", counts=False)
    assert outcome_of(INFO, (pending, verdict("pass", required=False)), ()) == ("unjudged", 2)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": "x"}', "null"])
def test_a_broken_record_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"run\.json"):
        read_info(path)


def test_updates_merge_notes_and_append_cautions(tmp_path: Path) -> None:
    folder.write_info(tmp_path, replace(INFO, notes={"a": "1"}))
    folder.update_info(tmp_path, notes={"b": "2"}, cautions=[{"id": "c", "text": "t", "remedy": "r"}], ended="now")
    info = read_info(tmp_path / "run.json")
    assert info.notes == {"a": "1", "b": "2"} and info.ended == "now" and info.cautions == (Caution("c", "t", "r"),)


def test_two_runs_started_in_the_same_second_have_different_folders(tmp_path: Path) -> None:
    made = {folder.create(tmp_path / "new", "load", "abc-dirty") for _ in range(3)}
    assert len(made) == 3 and all(path.name.endswith("_load_abc-dirty") for path in made)


def test_reports_that_cannot_be_written_stop_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="--reports"):
        folder.create(tmp_path / "file", "load", "")

"""A run whose turns fail: their values are shown, nothing is called slow or unmeasured, and no useless advice is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from reznet_load.core.run import RunResult
from reznet_load.report.console import table
from reznet_load.report.render import render
from reznet_load.report.sections.advice import immediate
from reznet_load.report.view import view_of
from reznet_load.result.assemble import AssembledRun, judge_folder
from tests import builders

AFTER_REPLY = "error after reply: a whole reply, then an error message of the same agent"


def run(folder: Path, turns: int = 91, failed: int = 91, **changes: object) -> AssembledRun:
    """`failed` of `turns` fail after their reply; where all do, no row of a successful reply is there."""
    rows, units = builders.healthy()
    rows["CHAT agent turn"] = np.full(turns, 900.0)
    if failed == turns:
        for row in ("CHAT chunk gap", "COUNT reply chunks"):
            del rows[row]
        rows |= {
            "COUNT chunk gap of failed turns": np.full(400, 20.0),
            "COUNT reply of failed turns": np.full(turns, 900.0),
        }
        units |= {"COUNT chunk gap of failed turns": "ms", "COUNT reply of failed turns": "ms"}
    errors = {"CHAT agent turn": (np.arange(turns) < failed, AFTER_REPLY)}
    return judge_folder(builders.write_run(folder, rows, units, builders.info(**changes), errors=errors))


def verdict(result: RunResult, id: str):
    return next(one for one in result.verdicts if one.id == id)


def test_a_run_without_a_successful_turn_says_so_and_fails(tmp_path: Path) -> None:
    found = run(tmp_path / "run").result
    turn, gap = verdict(found, "agent_response_p95"), verdict(found, "inter_chunk_mean")
    assert (turn.outcome, turn.reason) == ("fail", "no agent turn succeeded (91 of 91 failed)")
    assert (gap.outcome, gap.reason, gap.open) == ("pending", "no agent turn succeeded (91 of 91 failed)", "failures")
    assert found.outcome == "fail"
    for text in (table(found), render(run(tmp_path / "again"))):
        assert "no latency to judge" not in text and "nothing was measured in CHAT" not in text


def test_a_smoke_test_of_two_turns_that_both_fail_is_a_fail(tmp_path: Path) -> None:
    assert run(tmp_path / "run", turns=2, failed=2, scenario="smoke").result.outcome == "fail"


def test_values_of_failed_turns_are_shown_but_not_judged(tmp_path: Path) -> None:
    found = run(tmp_path / "run")
    text = render(found)
    assert "- Replies of failed turns, not judged: median 900 ms, p95 900 ms, max 900 ms, n = 91" in text
    assert "- Gaps in replies of failed turns, not judged: median 20 ms, p95 20 ms, max 20 ms, n = 400" in text
    assert not [one for one in found.result.verdicts if "of failed turns" in one.row]
    assert "of failed turns" not in render(run(tmp_path / "good", failed=0))


def test_failed_operations_give_no_advice_to_measure_again(tmp_path: Path) -> None:
    advice = immediate(view_of(run(tmp_path / "run")))
    assert not [line for line in advice["Run Performance Tests"] if "Inter-Chunk" in line or "TTFB" in line]
    assert advice["Profile Slow Operations"] == ["Do what the Executive Summary says under *Next* of problem 1."]


def test_a_row_measured_on_arrival_needs_more_users_and_not_more_time(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    for row in [row for row in rows if row.startswith(("CHAT", "GET"))]:
        del rows[row]
    rows["CHAT connect"] = np.full(3, 4.0)
    found = judge_folder(builders.write_run(tmp_path / "run", rows, units))
    errors = verdict(found.result, "error_rate")
    assert errors.row == "CHAT connect" and errors.outcome == "warning" and errors.open == ""
    assert "more users would tell, a longer run would not" in errors.reason and "at this rate" not in errors.reason
    assert not [line for line in immediate(view_of(found))["Load Testing"] if "Error Rate" in line]


def test_one_missing_sample_is_written_in_the_singular(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    rows["CHAT ping"] = rows["CHAT ping"][:72]
    found = judge_folder(builders.write_run(tmp_path / "run", rows, units)).result
    assert "about 1 more sample would tell" in verdict(found, "websocket_latency_p95").reason


def test_an_interrupted_run_says_what_was_cleaned_up(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    info = builders.info(interrupted=True, ended="", notes={"clean-up": "removed 26 channels with 215 messages"})
    cleaned = judge_folder(builders.write_run(tmp_path / "cleaned", rows, units, info)).result
    (told,) = [one for one in cleaned.cautions if one.id == "killed"]
    assert "interrupted" in told.text and "killed" not in told.text
    assert told.remedy == "Run it again; removed 26 channels with 215 messages."
    killed = judge_folder(
        builders.write_run(tmp_path / "killed", rows, units, replace(info, interrupted=False, notes={}))
    )
    (told,) = [one for one in killed.result.cautions if one.id == "killed"]
    assert "killed" in told.text and "removed by the next run" in told.remedy

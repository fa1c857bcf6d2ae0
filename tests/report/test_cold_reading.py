"""Problems that readers had with the first screen: causes below greps, ids instead of titles, long lists, time-outs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reznet_load.core.measured.measurement import MISSING
from reznet_load.core.nfr import load_requirements
from reznet_load.core.system.resources import resource
from reznet_load.report.first_screen import first_screen
from reznet_load.report.html.frame import WIDTH, legend
from reznet_load.report.lines import status
from reznet_load.report.problems.every import problems
from reznet_load.report.problems.problem import BROKEN, SLOW, UNPROVEN
from reznet_load.report.render import render, render_summary
from reznet_load.report.screen_text import as_text
from reznet_load.report.sections import s7_streaming
from reznet_load.report.sections.advice import known_issues
from reznet_load.report.view import few_names, view_of
from reznet_load.result.assemble import AssembledRun, judge_folder
from reznet_load.verdict.judgement import minutes_more, more
from tests import builders

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
CASES = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())
IDS = [nfr.id for nfr in load_requirements(resource("nfr.toml")).nfrs if "_" in nfr.id]
GAP = "CHAT chunk gap"


def unlike(
    folder: Path, rows: dict[str, np.ndarray], units: dict[str, str], errors: dict | None = None
) -> AssembledRun:
    """A healthy run but for `rows`."""
    healthy, known = builders.healthy()
    return judge_folder(builders.write_run(folder / "run", healthy | rows, known | units, errors=errors))


def test_a_broken_row_has_its_cause_and_what_to_do_about_it_before_the_search_of_the_logs() -> None:
    found = problems(view_of(judge_folder(GOLDEN / "failing")))
    worst = found[0]
    assert worst.kind == BROKEN and worst.cause == "Agents answer one question at a time."
    assert "15 of 100 questions (15 %) were answered “busy”" in worst.evidence
    assert worst.next_step.startswith("Let an agent answer several users at once") and "grep -rn" in worst.next_step
    assert worst.next_step.index("Let an agent") < worst.next_step.index("grep -rn")
    assert not any("one question at a time" in one.text for one in found)  # and is no second problem


def test_a_cause_explains_only_the_failures_it_can_cause(tmp_path: Path) -> None:
    errors = {"CHAT agent turn": (np.arange(200) < 60, "HTTP 500")}
    worst = problems(view_of(unlike(tmp_path, {"CHAT agent turn": np.full(200, 900.0)}, {}, errors)))[0]
    assert worst.kind == BROKEN and not worst.cause and worst.evidence.startswith("60 × HTTP 500.")


def test_unproven_required_requirements_come_before_advisory_ones(tmp_path: Path) -> None:
    rows = {"GAUGE payload saved": np.full(60, 15.0) + np.arange(60) / 60, "CHAT agent turn": np.full(40, 900.0)}
    view = view_of(unlike(tmp_path, rows, {"GAUGE payload saved": "%"}))
    screen = first_screen(view)
    assert [one.kind for one in screen.problems] == [UNPROVEN] and "Payload Reduction" in screen.advisory


def test_the_table_has_what_is_required_above_what_is_advisory(tmp_path: Path) -> None:
    rows = {"GAUGE payload saved": np.full(60, 15.0) + np.arange(60) / 60, "CHAT agent turn": np.full(40, 900.0)}
    view = view_of(unlike(tmp_path, rows, {"GAUGE payload saved": "%"}))
    table = [one.required for one in first_screen(view).verdicts]
    assert table == sorted(table, reverse=True) and {True, False} == set(table)


def test_values_of_a_void_run_are_not_in_the_tables_of_the_first_screen() -> None:
    run = judge_folder(GOLDEN / "void")
    assert not first_screen(view_of(run)).verdicts and "| Requirement |" not in render_summary(run)


@pytest.mark.parametrize(
    ("missing", "what", "said"),
    [
        (240, "samples", "; about 240 more samples would tell"),
        (1, "replies", "; about 1 more reply would tell"),
        (270, "replies", "; about 270 more replies would tell, 5 min or more at this rate"),
    ],
)
def test_how_much_longer_has_its_unit_and_counts_the_same_things(missing: int, what: str, said: str) -> None:
    assert said == more(missing, 1.0, "CHAT chunk gap", what)
    assert minutes_more(said) == (5 if "min" in said else 0)


def test_known_issues_end_with_those_that_fail_no_run(tmp_path: Path) -> None:
    rows = {"GAUGE payload saved": np.full(60, 15.0) + np.arange(60) / 60, "CHAT agent turn": np.full(200, 900.0)}
    errors = {"CHAT agent turn": (np.arange(200) < 60, "HTTP 500")}
    found = known_issues(view_of(unlike(tmp_path, rows, {"GAUGE payload saved": "%"}, errors)))
    assert found == [
        "**Agent turn: 60 of 200 failed (30.0 %).** (problem 1)",
        "**Payload Reduction by Short Keys** (advisory): 15.5 %, limit > 40 %.",
    ]


def test_a_slow_problem_begins_with_the_requirement_its_value_and_its_limit() -> None:
    slow = problems(view_of(judge_folder(GOLDEN / "failing")))[1]
    assert slow.text.startswith("Time to First Byte (TTFB, mean): the application or provider took 100 % of the time")
    assert slow.fails == "Time to First Byte (TTFB, mean): 2 011 ms, limit < 500 ms."
    assert slow.evidence == "The backend's provider was not timed alone."


@pytest.mark.parametrize("case", CASES)
def test_requirements_have_their_titles_and_never_their_ids(case: str) -> None:
    run = judge_folder(GOLDEN / case)
    for text in (render(run), render_summary(run)):
        assert not [id for id in IDS if re.search(rf"\b{id}\b", text)]


@pytest.mark.parametrize(
    ("count", "said"), [(0, ""), (4, "0, 1, 2, 3"), (5, "0, 1, 2 and 2 others"), (9, "0, 1, 2 and 6 others")]
)
def test_a_sentence_names_three_and_counts_the_others(count: int, said: str) -> None:
    assert few_names([str(number) for number in range(count)]) == said


def test_a_mean_that_counts_time_outs_says_so(tmp_path: Path) -> None:
    never = np.arange(400) % 10 == 0
    document = render(unlike(tmp_path, {GAP: np.where(never, 10_000.0, 20.0)}, {}, {GAP: (never, MISSING)}))
    for label in ("Average", "Max"):
        line = next(line for line in document.splitlines() if line.startswith(f"- {label} inter-chunk latency"))
        assert line.endswith("(40 never came; each counts with its time-out)")
    assert f"| {GAP} | 360 | 0, 40 did not come |" in document
    whole = render(unlike(tmp_path / "whole", {}, {}))
    assert "did not come" not in whole


def test_an_error_rate_of_all_requests_stands_with_that_of_the_row_that_is_judged() -> None:
    assert "- Error rate: 2.7 % of all requests; 15.0 % of CHAT agent turn\n" in render(
        judge_folder(GOLDEN / "failing")
    )
    assert "- Error rate: 0.0 %\n" in render(judge_folder(GOLDEN / "healthy"))


def test_rows_of_another_run_are_announced_only_where_there_are_any() -> None:
    assert "Rows from another run" not in render(judge_folder(GOLDEN / "healthy"))


def test_a_void_run_begins_with_one_fault_and_has_the_others_as_evidence() -> None:
    found = problems(view_of(judge_folder(GOLDEN / "void")))[0]
    assert found.text == "The generator's loop was late, p99: 119 ms, over 50 ms."
    assert found.evidence.startswith("Seconds in which the generator's loop stood")
    assert found.next_step.startswith("Look for a blocking call") and "WORKERS=2" in found.next_step


def test_a_legend_shows_that_a_name_is_cut_and_how_many_have_no_room() -> None:
    text = "".join(legend(["error in stream: the last chunk carried an error (overloaded)", *map(str, range(90))]))
    assert "error in stream: the last chunk carried…" in text and " more</text>" in text
    assert "…" not in "".join(legend(["target", "redis"])) and "more" not in "".join(legend(["target", "redis"]))
    ends = [float(part.split('"')[0]) for part in text.split('<text class="soft" x="')[1:]]
    assert max(ends) + 6.6 * len("and 90 more") <= WIDTH


def test_a_verdict_open_because_others_failed_is_not_a_separate_problem() -> None:
    found = problems(view_of(judge_folder(GOLDEN / "failing")))
    assert not [one for one in found if "Concurrent Users" in one.text]


def test_a_pattern_that_explains_a_requirement_is_its_only_problem() -> None:
    view = view_of(judge_folder(GOLDEN / "failing"))
    time = next(one for one in view.result.findings if one.kind == "time")
    pattern = replace(time, id="provider_slow", kind="pattern", text="The provider is slow by itself.")
    found = problems(replace(view, result=replace(view.result, findings=(pattern, time))))
    assert [one.text for one in found if one.kind == SLOW] == [pattern.text]


def test_no_line_of_the_console_breaks_a_number() -> None:
    screen = first_screen(view_of(judge_folder(GOLDEN / "failing")))
    words = "reply 3 225 ms, 87 to 100 % of what users waited for it, wanted < 3 s and 1 234 567 MB " * 9
    text = as_text(replace(screen, cannot=(words,), cannot_shortly=(words,)))
    assert "1 234 567 MB" in text and not re.search(r"\d\n\s+(\d{3}\b|ms\b|%|s\b)|<\n", text)


def test_a_reason_next_to_its_value_does_not_repeat_it() -> None:
    run = judge_folder(GOLDEN / "failing")
    line = next(line for line in render_summary(run).splitlines() if line.startswith("| Time to First Byte"))
    assert line.count("2 011 ms") == 1 and "exceeds the limit" not in line and "❌ Fail" in line


def test_a_section_names_each_requirement_that_is_undecided_and_what_is_advisory_and_fails(tmp_path: Path) -> None:
    rows = {"GAUGE payload saved": np.full(60, 15.0) + np.arange(60) / 60, "CHAT ping": np.full(40, 9.0)}
    view = view_of(unlike(tmp_path, rows, {"GAUGE payload saved": "%"}))
    assert s7_streaming.names(view)["status"].endswith(". Advisory, ❌ Fail: Payload Reduction by Short Keys")
    undecided = {one.title for one in view.result.verdicts if one.outcome == "warning"}
    assert "WebSocket Latency (p95)" in undecided
    both = status(view, "concurrent_users", "websocket_latency_p95")
    assert "WebSocket Latency (p95)" in both and "Concurrent Users" in both

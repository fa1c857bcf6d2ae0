"""The first screen, made once: the worst first with its evidence and what to do, the same in document, console and SUMMARY.md."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reznet_load.core.finding import Finding
from reznet_load.core.folder import OPERATIONS
from reznet_load.core.run import Caution, Verdict
from reznet_load.report.console import end
from reznet_load.report.first_screen import SUMMARY, FirstScreen, first_screen
from reznet_load.report.problems.problem import BROKEN, SLOW, WASTEFUL, WORSE
from reznet_load.report.publish import publish
from reznet_load.report.render import render, render_summary
from reznet_load.report.screen_text import as_text
from reznet_load.report.view import view_of
from reznet_load.result.assemble import AssembledRun, judge_folder
from tests import builders

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
CASES = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())
SAID = "'MessageStreamManager' object does not support the asynchronous context manager protocol"


def str_of(text: object, _longest: int) -> str:
    return str(text)


def screen(run: AssembledRun) -> FirstScreen:
    return first_screen(view_of(run))


def broken(folder: Path, failed: int = 126, said: str = SAID) -> AssembledRun:
    """A run whose turns fail, whose first token is slow, and whose payload is not reduced."""
    rows, units = builders.healthy()
    rows["CHAT agent turn"] = np.full(128, 900.0)
    rows["CHAT first token"] = np.full(200, 2000.0) + np.arange(200)
    rows["GAUGE payload saved"] = np.full(60, 15.0) + np.arange(60) / 60
    errors = {"CHAT agent turn": (np.arange(128) < failed, "error after reply: x")}
    made = builders.write_run(folder, rows, units | {"GAUGE payload saved": "%"}, errors=errors)
    entry = {"row": "CHAT agent turn", "error": "error after reply: x", "value": 900.0, "start": builders.ORIGIN + 20}
    (made / OPERATIONS).write_text(json.dumps(entry | {"text": said, "request_id": "deadbeef"}) + "\n")
    return judge_folder(made)


def test_broken_comes_before_slow_and_what_is_advisory_is_a_line_below(tmp_path: Path) -> None:
    found = screen(broken(tmp_path / "run"))
    kinds = [one.kind for one in found.problems]
    assert kinds[:2] == [BROKEN, SLOW] and len(kinds) <= 5
    assert all(one.text and one.next_step for one in found.problems)
    assert found.advisory == "Payload Reduction by Short Keys is 15.5 %, limit > 40 %."


def test_each_part_of_a_problem_has_its_label_and_the_requirement_its_value_once(tmp_path: Path) -> None:
    worst, slow = screen(broken(tmp_path / "run")).problems[:2]
    assert [label for label, _ in worst.parts(str_of)] == ["Fails", "Evidence", "Next"]
    assert worst.fails.startswith("Error Rate (worst row): 98.4 %, limit < 5 %.")
    assert worst.fails.endswith("Agent Response Time (p95): too many operations failed.")
    text = " ".join(part for _, part in slow.parts(str_of))
    assert text.count("2 100 ms") == 1 and slow.fails == "Time to First Byte (TTFB, mean): 2 100 ms, limit < 500 ms."


def test_the_worst_has_its_count_its_share_the_backends_words_and_an_id_to_search_for(tmp_path: Path) -> None:
    worst = screen(broken(tmp_path / "run")).problems[0]
    assert worst.text == "Agent turn: 126 of 128 failed (98.4 %)."
    assert worst.said is not None and worst.said.text == SAID and "grep -rn -e deadbeef LOGS" in worst.next_step
    assert screen(broken(tmp_path / "all", failed=128)).problems[0].text == (
        "No agent turn succeeded (128 of 128 failed)."
    )


def test_document_console_and_summary_agree(tmp_path: Path) -> None:
    run = broken(tmp_path / "run")
    head = render(run).split("### NFR Targets")[0]
    for text in (head, " ".join(end(run).split()), render_summary(run)):
        assert SAID in text
        for one in screen(run).problems:
            assert one.text in text and one.next_step in text


def test_backend_text_is_no_markup_in_document_or_summary(tmp_path: Path) -> None:
    run = broken(tmp_path / "run", said="<script>x</script> **b** \x1b[31m | c")
    for text in (render(run).split("### NFR Targets")[0], render_summary(run)):
        assert "<script>" not in text and "**b**" not in text and "\x1b" not in text
    assert "\x1b" not in end(run)


def test_passes_are_one_line_and_what_was_not_measured_stands_once() -> None:
    run = judge_folder(GOLDEN / "healthy")
    found = screen(run)
    assert not [one for one in found.verdicts if one.outcome in ("pass", "pending")]
    titles = ", ".join(v.title for v in found.passed)
    assert found.passes == f"{len(found.passed)} other requirements passed: {titles}."
    assert any("no DATABASE_URL" in one for one in found.cannot)


def test_required_passes_and_those_of_the_table_add_up_to_what_was_judged() -> None:
    run = judge_folder(GOLDEN / "failing")
    found = screen(run)
    named, judged = re.search(r"fails (\d+) of (\d+) requirements", found.text).groups()  # type: ignore[union-attr]
    passed = re.match(r"(\d+) other requirements? passed", found.passes)
    shown = [one for one in found.verdicts if one.required and one.counts]
    assert passed is not None and int(passed[1]) + len(shown) == int(judged)
    assert sum(one.outcome == "fail" for one in shown) == int(named)


def test_a_single_pass_is_singular() -> None:
    found = screen(judge_folder(GOLDEN / "healthy"))
    one = next(v for v in found.passed if v.required)
    advisory = replace(one, title="Saved", required=False)
    assert replace(found, passed=(one,), verdicts=()).passes == f"1 requirement passed: {one.title}."
    assert replace(found, passed=(one, advisory)).passes.endswith(". 1 advisory one passed: Saved.")
    assert replace(found, passed=(advisory, advisory)).passes == "2 advisory requirements passed: Saved, Saved."


def test_only_the_terminal_refers_to_the_document_for_more_reasons() -> None:
    view = view_of(judge_folder(GOLDEN / "healthy"))
    silent = tuple(
        replace(v, outcome="pending", open="", reason=f"reason {number}")
        for number, v in enumerate(view.result.verdicts[:7])
    )
    found = first_screen(replace(view, result=replace(view.result, verdicts=silent)))
    assert all(any(f"(reason {number})" in one for one in found.cannot) for number in range(7))
    assert not any("in the document" in one for one in found.cannot)
    assert "2 more reasons in the document." in found.cannot_shortly


def test_a_void_run_has_one_problem_the_generators() -> None:
    found = screen(judge_folder(GOLDEN / "void"))
    assert [one.kind for one in found.problems] == [BROKEN] and "generator's loop was late" in found.problems[0].text
    assert " ".join(as_text(found).split()).count("loop was late, p99") == 1  # and not with each requirement again


@pytest.mark.parametrize("case", CASES)
def test_the_first_screen_fits_a_screen_and_a_comment(case: str) -> None:
    run = judge_folder(GOLDEN / case)
    summary = render_summary(run)
    assert len(summary.splitlines()) < 60 and len(summary) < 65_536
    assert len(as_text(screen(run)).splitlines()) <= 60
    assert len(render(run).split("### NFR Targets")[0].splitlines()) <= 40


def test_one_failure_of_many_is_no_top_problem(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    errors = {"GET /health": (np.arange(330) < 1, "HTTP 503")}
    run = judge_folder(builders.write_run(tmp_path / "run", rows, units, errors=errors))
    assert not [one for one in screen(run).problems if one.kind == BROKEN]
    assert "GET /health: 1 of 330 failed: 1 × HTTP 503" in end(run)


def test_the_summary_is_published_in_the_run_folder(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path / "run", rows, units)
    publish(folder, new=False)
    assert (folder / SUMMARY).read_text() == render_summary(judge_folder(folder))


@pytest.mark.parametrize(("many", "long"), [(1, 10), (300, 10), (30, 300), (300, 4000)])
def test_the_summary_fits_into_a_comment_however_much_fails(tmp_path: Path, many: int, long: int) -> None:
    rows, units = builders.healthy()
    run = judge_folder(builders.write_run(tmp_path / "run", rows, units))
    worse = tuple(Verdict(f"v{n}", "t" * long, "fail", "ms", "< 1 s", reason="r" * long) for n in range(many))
    doubts = tuple(Caution(f"c{n}", "c" * long, "do") for n in range(many))
    summary = render_summary(replace(run, result=replace(run.result, verdicts=worse, cautions=doubts)))
    assert len(summary.splitlines()) < 60 and len(summary) < 65_536
    assert many == 1 or "document" in summary


def test_the_next_step_names_no_file_that_is_not_there(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    errors = {"CHAT agent turn": (np.arange(200) < 200, "silence: no first token in time")}
    run = judge_folder(builders.write_run(tmp_path / "run", rows, units, errors=errors))
    assert screen(run).problems[0].next_step == "Read what the backend logged at that time."
    assert OPERATIONS not in screen(run).places


def test_what_got_worse_is_one_problem_with_what_explains_it() -> None:
    found = screen(judge_folder(GOLDEN / "regressed")).problems
    assert [one.kind for one in found] == [WORSE]
    assert "Median 2 080 ms in 2 runs since" in found[0].evidence and "took 100 % of the time" in found[0].evidence
    assert found[0].next_step.startswith("Look at what changed between those commits. Time the provider")


def test_a_pattern_that_fails_only_what_is_advisory_is_the_last_problem(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    run = judge_folder(builders.write_run(tmp_path / "run", rows, units))
    verdict = Verdict("compression", "Compression", "fail", "%", "negotiated", value=0.0, required=False, counts=False)
    pattern = Finding(
        "compression_off", "The backend declines it.", "None had it.", "Switch it on.", ("compression",), cost=1
    )
    made = replace(run, result=replace(run.result, verdicts=(*run.result.verdicts, verdict), findings=(pattern,)))
    last = screen(made).problems[-1]
    assert (last.kind, last.fails, last.next_step) == (
        WASTEFUL,
        "Compression: 0.0 %, limit negotiated.",
        "Switch it on.",
    )
    assert "Compression" not in screen(made).advisory

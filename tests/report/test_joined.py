"""Problems with one cause are shown as one, and a PROBE row that a problem names is explained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reznet_load.core.finding import Finding
from reznet_load.core.on_purpose import Intended, medians, texts
from reznet_load.report.console import end
from reznet_load.report.first_screen import first_screen
from reznet_load.report.problems.every import problems
from reznet_load.report.problems.joined import joined
from reznet_load.report.problems.problem import BROKEN, SLOW, WASTEFUL, Problem
from reznet_load.report.render import render, render_summary
from reznet_load.report.view import View, view_of
from reznet_load.result.assemble import AssembledRun, judge_folder
from reznet_load.verdict.diagnosis.estimate import TimeShare

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
SLOW_PROVIDER = Finding(
    "provider_slow",
    "The provider x, not the backend, is slow.",
    "Estimated share of the provider in the users' time to the first token: 95 %.",
    "Choose a faster model.",
    ("ttfb_mean",),
    cost=3.0,
)
AGENT_LIST = "PROBE agent list query"


def of_turns(share: str, part: str = "provider") -> Finding:
    text = f"Agent Response Time (p95): the {part} took {share} % of the time of CHAT agent turn."
    evidence = "96 %. Of 3 500 ms. Asked directly, x was slow."
    low, high = map(float, share.split(" to "))
    about = ("agent_response_p95",)
    return Finding(
        "time_agent_response_p95", text, evidence, "Look.", about, "time", "LLM", {part: 96.0}, 1.2, low, high
    )


def run_with(*findings: Finding) -> AssembledRun:
    run = judge_folder(GOLDEN / "failing")
    verdicts = tuple(
        replace(v, value=3500.0, n=197, reason="") if v.id == "agent_response_p95" else v for v in run.result.verdicts
    )
    return replace(run, result=replace(run.result, verdicts=verdicts, findings=findings, failures=()))


def slow(view: View) -> list[Problem]:
    return [one for one in problems(view) if one.about in (("ttfb_mean",), ("agent_response_p95",)) or one.about[1:]]


def test_a_time_that_is_mostly_the_providers_is_part_of_the_problem_of_a_slow_provider() -> None:
    (one,) = slow(view_of(run_with(SLOW_PROVIDER, of_turns("93 to 100"))))
    assert one.text == SLOW_PROVIDER.text and one.about == ("ttfb_mean", "agent_response_p95")
    assert "Agent Response Time (p95): 3 500 ms, limit < 3 s." in one.fails
    assert "Estimated share of the provider in the users' time for a whole reply: 93 to 100 %." in one.evidence
    assert one.next_step == "Choose a faster model."


@pytest.mark.parametrize(
    "other", [of_turns("45 to 100"), of_turns("93 to 100", "application")], ids=["not proven", "another part"]
)
def test_a_time_that_is_not_proven_to_be_mostly_the_providers_is_another_problem(other: Finding) -> None:
    assert [one.text for one in slow(view_of(run_with(SLOW_PROVIDER, other)))] == [SLOW_PROVIDER.text, other.text]


def test_a_time_of_another_phase_is_another_problem() -> None:
    view = view_of(run_with(SLOW_PROVIDER, of_turns("93 to 100")))
    verdicts = tuple(replace(v, phase="step 100") if v.id == "agent_response_p95" else v for v in view.result.verdicts)
    assert len(slow(replace(view, result=replace(view.result, verdicts=verdicts)))) == 2


def test_the_joined_problem_has_the_place_of_its_costliest_part() -> None:
    other = replace(of_turns("93 to 100"), cost=9.0)
    assert slow(view_of(run_with(other, SLOW_PROVIDER)))[0].text == SLOW_PROVIDER.text


def test_a_time_has_the_bounds_of_the_share_that_its_sentence_names() -> None:
    found = [one for one in judge_folder(GOLDEN / "failing").result.findings if one.kind == "time"]
    assert found
    for one in found:
        share = TimeShare(next(iter(one.shares.values())), one.low, one.high)
        assert 0 < share.low <= share.value + 0.5 and share.value - 0.5 <= share.high
        assert f"took {share.text} of the time" in one.text


def test_requirements_are_named_in_the_order_of_the_problems() -> None:
    text = first_screen(view_of(run_with(SLOW_PROVIDER, of_turns("93 to 100")))).text
    assert text.index("Time to First Byte") < text.index("Agent Response Time")


TWO_SECONDS, QUERY = Intended("--first-token", "--first-token 2s"), Intended("--fault slow-query", "--fault slow-query")


def made(kind: str, name: str, *options: Intended) -> Problem:
    return Problem(kind, f"{name} is slow.", f"{name}: 2 s.", f"{name} had 9.", about=(name,), intended=options)


def test_problems_that_the_same_options_cause_are_one() -> None:
    one, other, third = joined(
        (
            made(BROKEN, "a", TWO_SECONDS),
            made(SLOW, "b", QUERY),
            made(SLOW, "c", TWO_SECONDS),
            made(WASTEFUL, "d", TWO_SECONDS),
        )
    )
    assert one.text == "a is slow." and one.fails == "a: 2 s. c: 2 s." and one.about == ("a", "c")
    assert one.evidence == "a had 9. c is slow. c had 9."
    assert (other.about, third.about) == (("b",), ("d",))  # an advisory problem stays apart


def test_problems_without_an_option_or_with_another_one_more_are_several() -> None:
    given = (made(SLOW, "a"), made(SLOW, "b"), made(SLOW, "c", QUERY), made(SLOW, "d", QUERY, TWO_SECONDS))
    assert joined(given) == given


def test_a_title_that_the_fails_line_repeats_is_no_evidence() -> None:
    one, other = (replace(made(SLOW, name, QUERY), text=f"{name} fails.") for name in "ab")
    assert joined((one, other))[0].evidence == "a had 9. b had 9."


def test_a_probe_is_explained_in_every_output_where_a_problem_names_it() -> None:
    title = f"Database Query Time (p95): the database took 99 % of the time of {AGENT_LIST}."
    query = Finding(
        "time_x", title, "99 %. 151 ms. Slow.", "Look.", ("ttfb_mean",), "time", "Database", {"database": 99.0}, 9.0
    )
    run = run_with(query)
    row = replace(run.result.rows[0], key=AGENT_LIST)
    run = replace(run, result=replace(run.result, rows=(*run.result.rows, row)))
    for text in (end(run), render_summary(run), render(run)):
        words = " ".join(text.replace("[PROBE](#term-probe)", "PROBE").split())
        said = f"{AGENT_LIST} is a query that reznet-load itself sends during the load. Slow."
        assert words.count(said) == 1 and f"Evidence: {said}" in words.replace("*Evidence*", "Evidence")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--first-token 2s --fault slow-query", "--first-token 2s"),
        ("--first-token 2s --gap 100ms --length 90", "--first-token 2s --gap 100ms --length 90"),
        ("--first-token 2s --first-token-spread 0 --gap 1s", "--gap 1s"),
        ("--first-token 2s --length 90 --shape constant", "--length 90"),
        ("--first-token 2s --first-token-spread 0 --shape bimodal", "--first-token 2s"),
        ("--first-token 50ms", ""),
    ],
)
def test_an_option_is_a_median_only_if_replies_differ(options: str, expected: str) -> None:
    assert texts(medians(options)) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--first-token 2s --fault slow-query", "--first-token 2s is a median: single replies vary."),
        ("--first-token 2s --gap 1s", "--first-token 2s and --gap 1s are medians: single replies vary."),
        ("--fault slow-query", ""),
    ],
)
def test_the_first_screen_says_which_option_is_a_median(options: str, expected: str) -> None:
    run = judge_folder(GOLDEN / "failing")
    deployment = replace(run.result.info.deployment, options=options)
    view = view_of(replace(run, result=replace(run.result, info=replace(run.result.info, deployment=deployment))))
    said = first_screen(view).intended.replace("`", "")
    assert said.endswith(expected) and ("median" in said) == bool(expected)

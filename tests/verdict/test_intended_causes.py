"""Problems caused on purpose are reported as such, and are no reason to change a backend."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import pytest

from reznet_load.core.deployment import DeploymentFacts
from reznet_load.core.finding import Finding
from reznet_load.core.on_purpose import LIMITS, NUMBERS, SIZES, TIMES, WORDS, on_purpose, texts
from reznet_load.core.units import parse_duration
from reznet_load.report.console import end
from reznet_load.report.first_screen import first_screen
from reznet_load.report.render import render, render_summary
from reznet_load.report.view import view_of
from reznet_load.result.assemble import AssembledRun, judge_folder
from reznet_load.target.options import add_arguments
from reznet_load.verdict.diagnosis.diagnose import RULES
from reznet_load.verdict.diagnosis.intended_causes import with_intent
from tests.builders import info

GOLDEN = Path(__file__).resolve().parents[1] / "golden"

SLOW = Finding(
    "provider_slow", "The provider x, not the backend, is slow.", "", "Choose a faster model.", ("ttfb_mean",)
)
QUERY = Finding(
    "time_db_query_p95", "", "", "Read its plan.", ("db_query_p95",), "time", "Database", {"database": 99.0}
)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--first-token 2s --fault slow-query", "--first-token 2s --fault slow-query"),
        ("--first-token=2s --messages 500", "--first-token 2s"),
        ("--first-token 50ms --gap 5ms --agent-concurrency 0 --pool-size 10", ""),
        ("--agent-concurrency 1 --pool-size 2 --delivery broadcast", "--agent-concurrency 1 --pool-size 2 --delivery broadcast"),
        ("--delivery channel --require-token ***", ""),
        ("--fault 'open quote", ""),
        ("--first-token soon", ""),
    ],
)  # fmt: skip
def test_only_what_makes_the_target_slow_small_or_faulty_is_on_purpose(options: str, expected: str) -> None:
    assert texts(on_purpose(options)) == expected


def test_the_defaults_are_those_of_the_target() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    theirs = vars(parser.parse_args([]))
    ours = NUMBERS | SIZES | dict.fromkeys(LIMITS, 0.0)
    assert {name: theirs[name[2:].replace("-", "_")] for name in ours} == ours
    assert {name: parse_duration(theirs[name[2:].replace("-", "_")], name) for name in TIMES} == TIMES
    assert all(theirs[name[2:]] != value for name, value in WORDS.items())


@pytest.mark.parametrize(
    ("finding", "deployment", "expected"),
    [
        (SLOW, DeploymentFacts(options="--first-token 2s"), "without --first-token 2s"),
        (SLOW, DeploymentFacts(options="--fault slow-query"), "Choose a faster model."),
        (SLOW, DeploymentFacts(provider="anthropic", simulated=True), "real provider's key"),
        (SLOW, DeploymentFacts(provider="anthropic"), "Choose a faster model."),
        (QUERY, DeploymentFacts(options="--first-token 2s --fault slow-query"), "without --fault slow-query, which"),
        (QUERY, DeploymentFacts(options="--first-token 2s", simulated=True), "Read its plan."),
    ],
)
def test_the_advice_is_the_option_where_one_caused_it(
    finding: Finding, deployment: DeploymentFacts, expected: str
) -> None:
    assert expected in with_intent(finding, info(deployment=deployment), RULES).advice


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_option_that_triggers_a_pattern_is_named_where_it_is_found(rule: object) -> None:
    fault = rule.fault  # type: ignore[attr-defined]
    found = Finding(rule.id, "", "", "Mend it.")  # type: ignore[attr-defined]
    advice = with_intent(found, info(deployment=DeploymentFacts(options=fault)), RULES).advice
    assert fault in advice and "HOST" in advice


def started_with(options: str) -> AssembledRun:
    run = judge_folder(GOLDEN / "failing")
    deployment = replace(run.result.info.deployment, options=options)
    return replace(run, result=replace(run.result, info=replace(run.result.info, deployment=deployment)))


def test_every_first_screen_says_what_the_target_was_started_with() -> None:
    run = started_with("--first-token 2s --messages 500 --fault slow-query")
    for text in (end(run), render_summary(run), render(run)):
        head = text[: text.index("1. ")]
        assert "started with" in head and "--first-token 2s --fault slow-query" in head and "--messages" not in head


def test_a_target_as_it_comes_is_not_called_slow_on_purpose() -> None:
    assert first_screen(view_of(started_with("--messages 500"))).intended == ""


def test_the_last_line_names_the_options_of_all_causes() -> None:
    run = started_with("--first-token 2s --fault slow-query")
    made = (replace(one, cost=cost) for one, cost in ((SLOW, 2.0), (QUERY, 1.0)))
    findings = tuple(with_intent(one, run.result.info, RULES) for one in made)
    text = end(replace(run, result=replace(run.result, findings=findings, failures=()))).replace("\n  ", " ")
    assert "next: Start the target without --first-token 2s --fault slow-query, which" in text
    assert "not the backend, is slow: it was started with --first-token 2s." in text

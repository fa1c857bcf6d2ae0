"""Problems caused on purpose are reported as such, and are no reason to change a backend."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from reznet_load.core.deployment import DeploymentFacts
from reznet_load.core.failed.failed_kind import FailedKind
from reznet_load.core.failed.failure_kinds import kind_of
from reznet_load.core.finding import Finding
from reznet_load.core.nfr import load_requirements
from reznet_load.core.on_purpose import FAULT, LIMITS, NUMBERS, SIZES, TIMES, WORDS, on_purpose, texts
from reznet_load.core.system.resources import resource
from reznet_load.core.units import parse_duration
from reznet_load.drive.selftest.cases import CASES, Case
from reznet_load.report.console import end
from reznet_load.report.first_screen import first_screen
from reznet_load.report.render import render, render_summary
from reznet_load.report.view import view_of
from reznet_load.result.assemble import AssembledRun, judge_folder
from reznet_load.target.faults.names import FAULTS
from reznet_load.target.options import add_arguments
from reznet_load.verdict.diagnosis.diagnose import RULES
from reznet_load.verdict.diagnosis.explain import PARTS
from reznet_load.verdict.diagnosis.intended_causes import behind_failures, with_intent
from reznet_load.verdict.diagnosis.intended_effects import EFFECTS
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
        (
            QUERY,
            DeploymentFacts(options="--first-token 2s --fault slow-query"),
            "make load TARGET='--first-token 2s' (without --fault slow-query), or HOST=URL make load",
        ),
        (QUERY, DeploymentFacts(options="--first-token 2s", simulated=True), "Read its plan."),
    ],
)
def test_the_advice_is_the_option_where_one_caused_it(
    finding: Finding, deployment: DeploymentFacts, expected: str
) -> None:
    assert expected in with_intent(finding, info(deployment=deployment)).advice


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_option_that_triggers_a_pattern_is_named_where_it_is_found(rule: object) -> None:
    fault = rule.fault  # type: ignore[attr-defined]
    found = Finding(rule.id, "", "", "Mend it.")  # type: ignore[attr-defined]
    advice = with_intent(found, info(deployment=DeploymentFacts(options=fault))).advice
    assert fault in advice and "HOST" in advice


def started_with(options: str) -> AssembledRun:
    run = judge_folder(GOLDEN / "failing")
    deployment = replace(run.result.info.deployment, options=options)
    return replace(run, result=replace(run.result, info=replace(run.result.info, deployment=deployment)))


def test_every_first_screen_says_what_the_target_was_started_with() -> None:
    run = started_with("--first-token 2s --messages 500 --fault slow-query")
    for text in (end(run), render_summary(run), render(run)):
        head, _, step = text[: text.index("1. ")].partition("Next")
        assert "started with" in head and "--first-token 2s --fault slow-query" in head and "--messages" not in head
        assert "TARGET='--messages 500' (without --first-token 2s --fault slow-query), or HOST=URL" in " ".join(
            step.split()
        )


def test_a_target_as_it_comes_is_not_called_slow_on_purpose() -> None:
    assert first_screen(view_of(started_with("--messages 500"))).intended == ""


def test_the_last_line_names_the_options_of_all_causes() -> None:
    run = started_with("--first-token 2s --fault slow-query")
    query = replace(QUERY, about=("agent_response_p95",))  # a requirement that fails in this run
    made = (replace(one, cost=cost) for one, cost in ((SLOW, 2.0), (query, 1.0)))
    findings = tuple(with_intent(one, run.result.info) for one in made)
    text = " ".join(end(replace(run, result=replace(run.result, findings=findings, failures=()))).split())
    step = "make load (without --first-token 2s --fault slow-query), or HOST=URL make load (a backend of yours)."
    assert f"next: {step}" in text and text.count(step) == 2  # at the top and at the end, and not with each problem
    assert "cause problems 1 and 2, which say nothing about a backend of yours." in text
    assert (
        "1. The provider x, not the backend, is slow." in text and "Cause: --first-token 2s (set on purpose)." in text
    )
    assert "Cause: --fault slow-query (set on purpose)." in text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            "--first-token 2s",
            "make load USERS=5 (without --first-token 2s), or HOST=URL make load (a backend of yours).",
        ),
        (
            "--first-token=2s --messages 500",
            "make load USERS=5 TARGET='--messages 500' (without --first-token 2s), or HOST=",
        ),
        (
            "--fault slow-query --first-token 2s",
            "make load USERS=5 TARGET='--fault slow-query' (without --first-token 2s)",
        ),
    ],
)
def test_the_command_is_that_of_the_run_without_the_options_that_caused_it(options: str, expected: str) -> None:
    command = shlex.join(["reznet-load", "load", "--users", "5", "--target", options])
    run = info(deployment=DeploymentFacts("v1", options=options), command=command, target="embedded")
    assert with_intent(SLOW, run).advice.startswith(expected)


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_the_target_says_what_it_causes(fault: str) -> None:
    assert f"--fault {fault}" in EFFECTS


def test_every_option_that_slows_the_target_says_what_it_causes() -> None:
    named = {name for name in EFFECTS if not name.startswith(FAULT)}
    assert named == {*TIMES, *NUMBERS, *SIZES, *LIMITS, *WORDS}
    assert {name.removeprefix(f"{FAULT} ") for name in EFFECTS.keys() - named} == {*FAULTS}


def test_what_an_option_causes_is_known_by_these_names() -> None:
    requirements = {one.id for one in load_requirements(resource("nfr.toml")).nfrs} | {"accepted_p95", "goodput_kept"}
    for effect in EFFECTS.values():
        assert set(effect.patterns) <= {one.id for one in RULES} and set(effect.requirements) <= requirements
        assert set(effect.parts) <= PARTS.keys()


@pytest.mark.parametrize("case", [one for one in CASES if one.findings or one.fails], ids=lambda one: one.name)
def test_what_the_selftest_proves_of_an_option_is_in_its_effect(case: Case) -> None:
    """Each pattern that a case finds, and each failure that it reports, has an option of the case as its cause."""
    given = [EFFECTS[one.name] for one in on_purpose(case.target)]
    assert case.findings <= {pattern for one in given for pattern in one.patterns}
    errors = {kind for one in given for kind in one.errors}
    assert not case.says or kind_of(case.says) in errors
    assert not case.where or case.where in {part for one in given for part in one.parts}


def failed(error: str, count: int, row: str = "CHAT agent turn") -> FailedKind:
    return FailedKind(row, error, count, 100)


@pytest.mark.parametrize(
    ("options", "kinds", "expected"),
    [
        (
            "--fault error-in-stream",
            [failed("error in stream: the last chunk carried an error (overloaded)", 19)],
            True,
        ),
        ("--fault rate-limited", [failed("error in stream: the last chunk carried an error (overloaded)", 19)], False),
        ("--fault silence", [failed("silence: no first token in time", 9), failed("busy", 11)], False),
        ("--fault silence", [failed("silence: no first token in time", 10), failed("busy", 10)], True),
        ("--fault server-errors", [failed("HTTP 500", 20, "GET /api/channels")], True),
        ("--fault server-errors", [failed("HTTP 500", 20, "GET /health")], False),
    ],
)
def test_failures_are_caused_by_the_fault_that_makes_half_of_them(
    options: str, kinds: list[FailedKind], expected: bool
) -> None:
    run = info(deployment=DeploymentFacts(options=options))
    assert texts(behind_failures(kinds, run)) == (options if expected else "")


def test_refusals_of_a_provider_that_a_fault_makes_have_no_advice_about_quotas() -> None:
    found = Finding("provider_limiting", "The provider refuses requests.", "", "Raise the quota.", ("error_rate",))
    for fault in ("error-in-stream", "rate-limited", "overloaded"):
        advice = with_intent(found, info(deployment=DeploymentFacts(options=f"--fault {fault}"))).advice
        assert "quota" not in advice and f"without --fault {fault}" in advice

"""The last lines of the console, which a terminal still shows when the rest has scrolled away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reznet_load.core.deployment import DeploymentFacts
from reznet_load.core.finding import FOUND, NOT_FOUND, PatternCheck
from reznet_load.core.run import RunResult
from reznet_load.report.console import end
from reznet_load.report.first_screen import first_screen
from reznet_load.report.parts.forecast import kept
from reznet_load.report.view import view_of
from reznet_load.result.assemble import judge_folder
from tests import builders

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def last_lines(case: str) -> list[str]:
    """The lines after the last empty one, wrapped ones put together again."""
    return end(judge_folder(GOLDEN / case)).rsplit("\n\n", 1)[1].replace("\n  ", " ").splitlines()


def test_the_last_lines_are_the_worst_problem_what_to_do_and_the_outcome() -> None:
    worst = first_screen(view_of(judge_folder(GOLDEN / "failing"))).problems[0]
    problem, step, outcome = last_lines("failing")
    assert problem == f"worst problem (1 of 2): {worst.text}"
    assert step == f"next: {worst.next_step}" and outcome == "outcome: fail (exit 1; make exits with 2)"


def test_the_last_lines_say_that_the_worst_problem_was_caused_on_purpose() -> None:
    run = judge_folder(GOLDEN / "failing")
    facts = replace(run.result.info.deployment, options="--agent-concurrency 1")
    meant = replace(run, result=replace(run.result, info=replace(run.result.info, deployment=facts)))
    worst = first_screen(view_of(meant)).problems[0]
    assert worst.intended and worst.cause == "--agent-concurrency 1 (set on purpose)."
    said = end(meant).rsplit("\n\n", 1)[1].replace("\n  ", " ").splitlines()[0]
    assert said.endswith(f"{worst.text} Cause: --agent-concurrency 1 (set on purpose).")


def test_without_a_problem_the_outcome_stands_alone() -> None:
    run = judge_folder(GOLDEN / "healthy")
    if not first_screen(view_of(run)).problems:
        assert last_lines("healthy") == [f"outcome: {run.result.outcome} (exit {run.result.exit_code})"]


def result(answer: str, agents: int, users: int) -> RunResult:
    names = tuple(f"@{number}" for number in range(agents))
    info = builders.info(deployment=DeploymentFacts("v1", agents=names), mix={"rest": 10, "agent": users})
    return RunResult("pass", 0, info, patterns=(PatternCheck("agents_one_at_a_time", answer),))


def test_what_became_of_the_forecast_of_busy_agents_is_said() -> None:
    said = kept(result(NOT_FOUND, 5, 14))
    assert said == "No agent refused a question as busy: 5 agents answered 14 users, several at a time."
    assert kept(result(FOUND, 5, 14)) == ""  # the problems say it
    assert kept(result(NOT_FOUND, 5, 5)) == "" and kept(result(NOT_FOUND, 0, 14)) == ""  # nothing was forecast
    assert kept(replace(result(NOT_FOUND, 5, 14), patterns=())) == ""
    assert kept(replace(result(NOT_FOUND, 5, 14), outcome="void")) == ""

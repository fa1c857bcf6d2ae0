"""What a run of the suite must have measured: a skipped test gives a reason, a started one must measure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reznet_load import cli
from reznet_load.core.nfr import load_requirements
from reznet_load.core.profile import Phase
from reznet_load.core.system.resources import resource
from reznet_load.report.lines import ONE_USER
from reznet_load.result.files import requirements_of
from reznet_load.suite import judging
from reznet_load.suite.scope import Scope
from tests import builders

REQUIREMENTS = load_requirements(resource("nfr.toml"))


def test_requirements_that_need_load_are_distinguished_from_skipped_ones() -> None:
    lacks = Scope().lacks(REQUIREMENTS)
    of_load = {nfr for nfr, reason in lacks.items() if reason == ONE_USER}
    assert of_load >= {"websocket_latency_p95", "concurrent_users", "backend_memory", "db_connections"}
    assert not of_load & {"agent_response_p95", "db_query_p95", "ttfb_mean", "api_p95", "cache_hit_rate"}
    assert {lacks[nfr.id] for nfr in REQUIREMENTS.nfrs if nfr.id not in of_load} == {
        "no test of the performance suite that measures it was run"
    }


def test_a_skip_leaves_its_reason_and_a_test_that_ran_needs_what_it_measures() -> None:
    scope = Scope()
    scope.begun("list", ("db_query_p95",))
    scope.left_out("list", ("db_query_p95",), "no DATABASE_URL was given")  # found out inside of the test
    scope.begun("anthropic", ("ttfb_mean",))
    scope.left_out("openai", ("ttfb_mean",), "OPENAI_API_KEY is not set")
    scope.begun("health", ("api_p50",))
    lacks = scope.lacks(REQUIREMENTS)
    assert lacks["db_query_p95"] == "no DATABASE_URL was given" and not {"ttfb_mean", "api_p50"} & lacks.keys()
    assert scope.has(REQUIREMENTS) == ["agent", "rest"]


@pytest.mark.parametrize(
    "words",
    [
        ["--arrivals", "20/s"],
        ["--network", "mobile"],
        ["--mix", "1:0:0"],
        ["--no-probes"],
        ["--pid", "5"],
        ["--prometheus", "http://h/m"],
    ],
)
def test_options_of_load_runs_are_refused_and_not_ignored(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["perf", *words]) == 2
    assert f"{words[0]}: applies to load runs" in capsys.readouterr().err


def test_a_row_that_never_came_says_why_and_speaks_of_no_steady_phase(tmp_path: Path) -> None:
    rows = {"CHAT agent turn": np.full(5, 900.0)}
    errors = {"CHAT agent turn": (np.arange(5) < 5, "error after reply: x")}
    run = builders.info(scenario="perf", phases=(Phase("suite", builders.ORIGIN + 10, builders.ORIGIN + 70, 1, True),))
    folder = builders.write_run(tmp_path / "run", rows, {}, run, errors=errors)
    row, found, info = judging.measured("CHAT first token", folder, run, builders.ORIGIN + 70)
    nfr = next(one for one in requirements_of(folder).nfrs if one.id == "ttfb_mean")
    assert row is None
    assert judging.verdict_on(nfr, "CHAT first token", found, info).reason == "no agent turn succeeded (5 of 5 failed)"


def test_what_the_suite_leaves_to_load_is_true_after_any_number_of_load_runs() -> None:
    assert "yet" not in ONE_USER and "make load" in ONE_USER

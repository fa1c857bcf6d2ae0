"""The head of the documents: what they were measured on, and for what they are valid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from reznet_load.core.deployment import SIMULATED, DeploymentFacts
from reznet_load.core.nfr import load_requirements
from reznet_load.core.phases.steps import Capacity
from reznet_load.core.run import RunResult
from reznet_load.core.system.resources import resource
from reznet_load.report.render import render, render_capacity
from reznet_load.report.sections.header import names, shared
from reznet_load.report.view import View
from reznet_load.result import context
from reznet_load.result.assemble import AssembledRun
from tests import builders

SIMULATOR = DeploymentFacts(provider="anthropic", simulated=True, provider_is=SIMULATED)

REQUIREMENTS = load_requirements(resource("nfr.toml"))
ALL = {"before": {"processes": {"watched": {"target": 1, "postgres": 2, "redis": 3}}}}


SO = "A deployment will have other times."


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"probes": ALL, "deployment": SIMULATOR},
         "Load generator, backend, PostgreSQL, Redis and a simulated provider shared this machine. " + SO),
        ({}, "Load generator and backend shared this machine. " + SO),
        ({"target": "staging"}, ""),
        ({"target": "staging", "probes": ALL},
         "Load generator, backend, PostgreSQL and Redis shared this machine. " + SO),
        ({"target": "staging", "probes": {"before": {"processes": {"watched": {"redis": 3}}}}}, ""),
    ],
)  # fmt: skip
def test_a_shared_machine_is_reported(facts: dict[str, Any], said: str) -> None:
    assert shared(View(RunResult("pass", 0, builders.info(**facts)), REQUIREMENTS, {})) == said


def test_the_capacity_document_has_the_head_of_the_results_and_names_them() -> None:
    info = builders.info(
        scenario="capacity", started="2026-09-21T12:00:00Z", environment={"cpu": "EPYC", "cores": "2"},
        versions={"locust": "2.47.0"}, commit="abc1234", deployment=SIMULATOR,
    )  # fmt: skip
    result = RunResult("pass", 0, info, capacity=Capacity(119, 124, confirmed=True, resolved=True))
    text = render_capacity(AssembledRun(result, REQUIREMENTS, {}))
    for line in (
        "> **Test Date**: 2026-09-21",
        "> **Test Environment**: cpu EPYC, cores 2",
        "> **LLM Provider**: anthropic (simulated)",
        "> **Versions**: locust 2.47.0, load test commit `abc1234`",
    ):
        assert line in text
    assert "`PERFORMANCE_TEST_RESULTS.md`" in text and "shared this machine" in text
    assert names(View(RunResult("pass", 0, builders.info(target="x")), REQUIREMENTS, {}))["versions"] == "unknown"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"scenario": "capacity"}, "providers are not asked alone during a search"),
        ({}, "no provider key was given: providers are not timed alone"),
        ({"lacks": {"providers": "--no-probes"}}, "--no-probes"),
        ({"probes": {"before": {"providers": {"anthropic": {}}}}}, "not asked alone in this run"),
    ],
)
def test_a_provider_without_figures_has_a_reason_instead(facts: dict[str, Any], said: str, tmp_path: Path) -> None:
    text = render(AssembledRun(RunResult("pass", 0, builders.info(**facts)), REQUIREMENTS, context.read(tmp_path)))
    assert f"*OpenAI*:\n```\nTest run: ⏳ {said}\n" in text


def test_a_note_names_no_account(tmp_path: Path) -> None:
    notes = {"agents": "@orchestrator, @qa-2, `@ops`", "mail": "a@b.example"}
    result = RunResult("pass", 0, builders.info(notes=notes))
    text = render(AssembledRun(result, REQUIREMENTS, context.read(tmp_path)))
    assert "Agents: `@orchestrator`, `@qa-2`, `@ops`" in text and "Mail: a@b.example" in text
    assert not re.search(r"(?<![`\w])@\w", text)

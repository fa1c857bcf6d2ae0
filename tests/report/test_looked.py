"""What was looked for and not found, and what nobody could look for."""

from __future__ import annotations

import pytest

from reznet_load.core.needs import needs
from reznet_load.core.nfr import load_requirements
from reznet_load.core.run import Finding, RunResult
from reznet_load.core.system.resources import resource
from reznet_load.report.checked_patterns import everything, nothing_in
from reznet_load.report.view import View
from reznet_load.verdict.diagnosis.diagnose import RULES
from tests import builders


def view(has: tuple[str, ...], *findings: Finding) -> View:
    result = RunResult("pass", 0, builders.info(has=has), findings=findings)
    return View(result, load_requirements(resource("nfr.toml")), {})


@pytest.mark.parametrize("has", [(), ("rest",), ("chat", "agent"), ("rest", "chat", "agent", "redis"), tuple(needs())])
def test_every_pattern_is_looked_for_or_told_to_be_not(has: tuple[str, ...]) -> None:
    text = everything(view(has))
    assert all(rule.title in text for rule in RULES)
    assert ("Not looked for" in text) == (set(has) != set(needs()))
    assert text.startswith("Looked for in what was judged, and not found") == bool(has)


def test_what_was_found_is_not_told_as_missing() -> None:
    found = Finding("cold_cache", "The cache stays cold.", "", "")
    assert "cold cache" not in everything(view(tuple(needs()), found))


@pytest.mark.parametrize(
    ("has", "said"),
    [
        (tuple(needs()), "No finding."),
        (("agent",), "No finding; looked for in part only, for want of providers."),
        (("rest",), "Not looked for, for want of agent, providers."),
    ],
)
def test_a_group_without_a_finding_says_so_briefly(has: tuple[str, ...], said: str) -> None:
    assert nothing_in(view(has), "LLM") == said

"""What was checked and not found, and what could not be checked and why."""

from __future__ import annotations

import pytest

from reznet_load.core.finding import PatternCheck
from reznet_load.core.nfr import load_requirements
from reznet_load.core.run import RunResult
from reznet_load.core.system.resources import resource
from reznet_load.report.parts.checked_patterns import everything, nothing_in
from reznet_load.report.view import View
from reznet_load.verdict.diagnosis.diagnose import RULES
from tests import builders


def view(**answers: str) -> View:
    """Every pattern not found, but for `answers`: `found`, or why it was not checked."""
    checks = (
        PatternCheck(
            rule.id, "found" if why == "found" else "not checked" if why else "not found", why if why != "found" else ""
        )
        for rule in RULES
        for why in (answers.get(rule.id, ""),)
    )
    result = RunResult("pass", 0, builders.info(), patterns=tuple(checks))
    return View(result, load_requirements(resource("nfr.toml")), {})


def test_every_pattern_is_checked_or_the_document_says_why_not() -> None:
    text = everything(
        view(loop_blocked="3 pings were answered", fan_out="3 pings were answered", cold_cache="no REDIS_URL")
    )
    assert all(rule.title in text for rule in RULES) and text.startswith(
        "Known patterns of trouble that were checked and not found: "
    )
    assert (
        "Not checked: blocked event loop, all events sent to all users (3 pings were answered); cold cache (no REDIS_URL)."
        in text
    )
    assert "Not checked" not in everything(view())


def test_patterns_that_were_found_are_not_listed_as_missing() -> None:
    assert "cold cache" not in everything(view(cold_cache="found"))


def test_nothing_is_ruled_out_where_nothing_was_checked() -> None:
    text = everything(view(**{rule.id: "the backend answered nothing for 40 s" for rule in RULES}))
    assert text.startswith("No known pattern of trouble could be ruled out. Not checked: ")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "No finding."),
        ({"provider_slow": "no key"}, "No finding. Not checked: slow provider."),
        (
            {"provider_slow": "x", "provider_limiting": "x"},
            "Nothing was checked.",
        ),
    ],
)
def test_a_group_without_a_finding_says_so_briefly(answers: dict[str, str], said: str) -> None:
    assert nothing_in(view(**answers), "LLM") == said

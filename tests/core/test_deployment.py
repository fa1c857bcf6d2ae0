"""Facts about a deployment are a record: also read from runs of 0.1.0, and never parsed from a sentence."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

import reznet_load
from reznet_load.core.deployment import REAL, SIMULATED, UNVERIFIED, VERIFIED, DeploymentFacts
from reznet_load.core.run_files import info_from, to_json
from tests.builders import info

PACKAGE = Path(reznet_load.__file__).resolve().parent
FULL = DeploymentFacts(
    "v2", "b0b", "anthropic", ("anthropic=claude",), True, SIMULATED, ("qa", "backend"), "--seed 1", False, UNVERIFIED
)


@pytest.mark.parametrize("facts", [DeploymentFacts(), FULL, DeploymentFacts(tls=VERIFIED, provider_is=REAL)])
def test_deployment_facts_survive_run_json(facts: DeploymentFacts) -> None:
    assert info_from(json.loads(to_json(info(deployment=facts)))).deployment == facts


def test_deployment_facts_of_0_1_0_are_read_from_notes_and_fields() -> None:
    data = json.loads(to_json(info()))
    del data["deployment"]
    data |= {"dialect": "v2", "backend_commit": "b0b", "notes": FULL.notes()}
    found = info_from(data).deployment
    assert (found.dialect, found.commit, found.agents, found.options) == ("v2", "b0b", ("qa", "backend"), "--seed 1")
    assert (found.provider, found.simulated, found.provider_is) == ("anthropic", True, SIMULATED)
    assert (found.compression, found.tls) == (False, UNVERIFIED)


def test_a_deployment_that_reports_nothing_is_unknown() -> None:
    data = json.loads(to_json(info()))
    del data["deployment"]
    assert info_from(data | {"notes": {}}).deployment == DeploymentFacts()


def test_notes_contain_only_known_facts() -> None:
    assert DeploymentFacts().notes() == {"agents": "none"}
    notes = FULL.notes()
    assert notes["provider"] == "anthropic (simulated)" and notes["tls"] == "certificates NOT verified (--insecure)"


def test_no_module_decides_by_a_note() -> None:
    """`info.notes` is shown, topic by topic; no module compares it, or looks for a word in it."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            tests = [node.test] if isinstance(node, ast.If | ast.IfExp | ast.While) else []
            tests += [node] if isinstance(node, ast.Compare) else []
            if any(isinstance(one, ast.Attribute) and one.attr == "notes" for test in tests for one in ast.walk(test)):
                found.append(str(path.relative_to(PACKAGE)))
    assert [one for one in found if not one.startswith("result/locust/")] == []  # a Frame's notes are its own

"""An agent that was switched off for the test and cannot be switched on again is reported, with the call to make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reznet_load.core.folder import FACTS
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.api import Api
from reznet_load.dialects.every import by_name
from reznet_load.probes.reznet import invalidation
from reznet_load.result import probed
from tests import builders
from tests.deployment.test_preflight import server

ONE = "7f0b0000-0000-4000-8000-000000000001"


class Kept(dict):
    """What a Redis would answer that keeps everything: GET, SCAN and TTL of its keys."""

    def scan_iter(self, pattern: str, count: int) -> list[str]:
        return [key for key in self if key.startswith(pattern.removesuffix("*"))]

    def ttl(self, key: str) -> int:
        return 100 if key in self else -2


def test_an_agent_that_stays_switched_off_has_its_own_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its backend answers the first `activate`, and no call after `deactivate`."""
    monkeypatch.setattr(invalidation, "_PAUSES", (0.0, 0.0))
    path = f"/api/agents/{ONE}"
    agent = {"id": ONE, "name": "@qa", "is_active": True}
    answers = {"/api/agents": (200, [agent]), path: (200, agent)}
    kept = Kept({f"reznet:agents:{ONE}": "old", "reznet:agents:list:active=True": "old"})
    with server(answers) as url:
        api, called = Api(Settings(host=url)), []

        def patch(_: Any, call: str) -> None:
            called.append(call)  # both are taken; what switches it on again goes to the server, which has no such call

        monkeypatch.setattr(invalidation, "_patch", patch)
        with pytest.raises(invalidation.AgentLeftOff, match=f"PATCH {path}/activate"):
            invalidation.prove(api, kept, by_name("v1"))  # type: ignore[arg-type]
    assert called == [f"{path}/activate", f"{path}/deactivate"]


def test_an_agent_that_stays_switched_off_is_a_caution(tmp_path: Path) -> None:
    said = f"the agent was switched off and could not be switched on again: PATCH /api/agents/{ONE}/activate"
    (tmp_path / FACTS).write_text(json.dumps({"after": {"redis": {"agent_left_off": said}}}))
    (caution,) = probed.lay_in(tmp_path, builders.info()).cautions
    assert caution.id == "agent_left_off" and ONE in caution.text and not caution.void

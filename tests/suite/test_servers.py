"""Which servers a suite can call, and the reason if it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from reznet_load.core.settings.settings import Settings
from reznet_load.suite.record import Record
from reznet_load.suite.servers import Servers, Unreachable
from reznet_load.suite.suite_spending import SuiteSpending
from tests import builders

FREE = SuiteSpending(Path(), {})
NOBODY = {"anthropic": {"model": "some-model", "base_url": ""}}


@pytest.mark.parametrize(
    ("settings", "ask", "reason"),
    [
        (Settings(), lambda servers: servers.postgres(), "no DATABASE_URL was given"),
        (Settings(), lambda servers: servers.redis(), "no REDIS_URL was given"),
        (Settings(), lambda servers: servers.provider("openai"), "OPENAI_API_KEY is not set"),
        (Settings(providers=NOBODY), lambda servers: servers.provider("anthropic"), "ANTHROPIC_API_KEY is not set"),
        (Settings(redis_url="redis://127.0.0.1:9/0"), lambda servers: servers.redis(), "REDIS_URL: "),
    ],
)
def test_a_server_that_cannot_be_called_has_a_reason(settings, ask, reason, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    servers = Servers(settings, builders.suite_info(), Record(), FREE)
    with pytest.raises(Unreachable, match=reason):
        ask(servers)
    refused = servers.close()["lacks"]
    assert refused.keys() == ({"redis"} if settings.redis_url else set())  # an address that was given is a Caution, too


def test_a_key_without_a_model_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    with pytest.raises(Unreachable, match="--model openai=NAME"):
        Servers(Settings(), builders.suite_info(), Record(), FREE).provider("openai")

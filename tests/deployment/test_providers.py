"""What backends of different versions report about their provider, and the cost forecast that follows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import machine
from reznet_load.deployment import prepare
from reznet_load.deployment.configured_providers import AgentModel, read
from reznet_load.deployment.forecast import bill
from reznet_load.deployment.preflight import Deployment

# As read on a running v1 (REZNET contract): nothing in it says whether the provider is simulated.
V1: dict[str, Any] = {
    "current_provider": "anthropic",
    "providers": {
        "anthropic": {"available": True, "configured": True, "default_model": "claude-sonnet-4-5"},
        "openai": {"available": True, "configured": False, "default_model": "gpt-4.1"},
        "ollama": {"available": False, "configured": True, "default_model": "llama3", "host": "http://127.0.0.1:11434"},
    },
    "note": "…",
}


@pytest.mark.parametrize(
    ("said", "configs", "models"),
    [
        (V1, [{}], [("anthropic", "claude-sonnet-4-5")]),
        (V1, [], [("anthropic", "claude-sonnet-4-5")]),
        (
            V1,
            [{"model": "claude-opus-4-5"}, {}],
            [("anthropic", "claude-opus-4-5"), ("anthropic", "claude-sonnet-4-5")],
        ),
        (V1, [{"provider": "openai"}], [("openai", "gpt-4.1")]),
        ({"default_provider": "openai"}, [{"model": "gpt-4.1"}], [("openai", "gpt-4.1")]),
        ({"provider": "openai", "providers": ["openai"]}, [{"model": 3}], [("openai", "")]),
        ({"current_provider": {"name": "x"}}, [{"model": "m"}], []),
        ({"current_provider": "<script>", "providers": 7}, [{}], []),
        ({}, [{"model": "m"}], []),
    ],
)
def test_configuration_keys_of_all_versions_are_read(
    said: dict[str, Any], configs: list[Any], models: list[tuple[str, str]]
) -> None:
    found = read(said, [{"name": "a", "config": config} for config in configs] + ["no agent"])
    assert [(one.provider, one.model) for one in found.models] == models and not found.simulated
    assert found.one_at_a_time is None


def v1_deployment() -> Deployment:
    said = read(V1, [{"config": {}}])
    return Deployment("v1", ("@qa",), provider=said.name, models=said.models, simulated=said.simulated)


def test_the_money_guard_works_on_a_real_v1() -> None:
    paid = bill(Settings(max_cost=0.5), v1_deployment(), {"agent": 14}, 70, {})
    (item,) = paid.items
    assert (item.provider, item.model) == ("anthropic", "claude-sonnet-4-5") and item.usd is not None and item.usd > 0.5
    with pytest.raises(ConfigError, match="--max-cost"):
        paid.check()


def test_models_of_the_embedded_target_cost_nothing() -> None:
    said = read({"current_provider": "openai"}, [{"config": {"model": "simulated-gpt"}}])
    assert (
        said.simulated and bill(Settings(), replace(v1_deployment(), simulated=True), {"agent": 14}, 70, {}).items == ()
    )


def test_another_provider_or_model_is_another_environment() -> None:
    names = {
        machine.fingerprint("t", "v1", b"", "", provider)
        for provider in ("", "anthropic=claude-sonnet-4-5", "anthropic=claude-opus-4-5", "openai=gpt-4.1")
    }
    assert len(names) == 4


@pytest.mark.parametrize(
    ("said", "simulated", "known"),
    [
        ("", False, ""),
        ("", True, "simulated"),
        ("anthropic=claude-sonnet-4-5", False, "real"),
        ("free", False, "simulated"),
    ],
)
def test_only_the_user_can_say_that_a_provider_is_real(said: str, simulated: bool, known: str) -> None:
    facts = replace(v1_deployment(), simulated=simulated)
    assert prepare._facts(Settings(backend_provider=said), facts).provider_is == known
    assert AgentModel("anthropic", "claude-sonnet-4-5") in facts.models

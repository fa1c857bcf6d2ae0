"""Which provider and models a backend's agents use, according to its own configuration (REZNET contract, REST).

Key names differ between versions: v1 has `current_provider` and `providers.<name>.default_model`, others
`default_provider` or `provider`. No key says whether a provider is simulated: only the embedded target's models have
such names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

SIMULATED_MODEL = "simulated-"
_CURRENT = ("current_provider", "default_provider", "provider")
# allowed names of providers and models, which are written to files and documents
_NAME = re.compile(r"[\w.:/@+-]{1,100}")


@dataclass(frozen=True, slots=True)
class AgentModel:
    """A provider and its model; the model is empty if the backend does not name it."""

    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class BackendProvider:
    """`name` is the provider it uses unless an agent names another; `models` are those of its agents, each once."""

    name: str = ""
    models: tuple[AgentModel, ...] = ()
    simulated: bool = False
    one_at_a_time: bool | None = None


def read(said: dict[str, Any], agents: list[Any]) -> BackendProvider:
    """From the answer of the configuration call ({}: none) and the list of agents."""
    name = next((found for key in _CURRENT if (found := _name(said.get(key)))), "")
    configs = [one["config"] for one in agents if isinstance(one, dict) and isinstance(one.get("config"), dict)]
    used = {_model(said, name, config) for config in configs} or {_model(said, name, {})}
    models = tuple(sorted((one for one in used if one.provider), key=lambda one: (one.provider, one.model)))
    named = [one.model for one in models if one.model]
    simulated = said.get("simulated") is True or (
        bool(named) and all(model.startswith(SIMULATED_MODEL) for model in named)
    )
    one_at_a_time = None if "agent_concurrency" not in said else said["agent_concurrency"] == 1
    return BackendProvider(name, models, simulated, one_at_a_time)


def _model(said: dict[str, Any], name: str, config: dict[str, Any]) -> AgentModel:
    """The provider and model of one agent: its own, else the backend's."""
    provider = _name(config.get("provider")) or name
    providers = said.get("providers")
    entry = providers.get(provider) if isinstance(providers, dict) else None
    default = _name(entry.get("default_model")) if isinstance(entry, dict) else ""
    return AgentModel(provider, _name(config.get("model")) or default)


def _name(value: Any) -> str:
    return value if isinstance(value, str) and _NAME.fullmatch(value) else ""

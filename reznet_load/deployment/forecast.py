"""What a run will pay for: providers asked directly with a real key, and agent turns if the backend's provider is real."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path

from reznet_load.core.kinds import AGENTS, KINDS, users_with, with_need
from reznet_load.core.money.bill import PROBES, TURNS, Bill, Item
from reznet_load.core.money.prices import Price, Prices, read_prices
from reznet_load.core.money.question import MOST_TOKENS_IN, MOST_TOKENS_OUT, paid_questions
from reznet_load.core.settings.settings import KEYS, Settings
from reznet_load.core.system.resources import resource
from reznet_load.deployment.configured_providers import AgentModel
from reznet_load.deployment.preflight import Deployment

# A turn's tokens if the backend does not report them: persona, history and question; a long answer. Our judgement, on
# the high side.
TURN_TOKENS_IN, TURN_TOKENS_OUT = 1000, 1000
FREE = "free"


def bill(
    settings: Settings,
    deployment: Deployment,
    mix: Mapping[str, int],
    seconds: float,
    environ: Mapping[str, str] = os.environ,
) -> Bill:
    """The most it can cost; the users of `mix` ask for `seconds` (0: until Stop). Raises ConfigError for an invalid
    price file.
    """
    prices = read_prices(resource("prices.toml"), Path(settings.prices) if settings.prices else None)
    items = [*_questions(settings, prices, environ), *_turns(settings, deployment, prices, mix, seconds)]
    return Bill(tuple(items), settings.max_cost)


def _questions(settings: Settings, prices: Prices, environ: Mapping[str, str]) -> list[Item]:
    if "providers" not in settings.probes:
        return []
    asked = paid_questions(len(settings.networks))
    return [
        Item(PROBES, name, one["model"], asked, MOST_TOKENS_IN, MOST_TOKENS_OUT, prices.of(name, one["model"]))
        for name, one in settings.providers.items()
        if not one.get("simulated") and one.get("model") and environ.get(KEYS[name])
    ]


def questions(settings: Settings, mix: Mapping[str, int]) -> float:
    """Questions to agents per second, from the users of `mix` that ask them."""
    return sum(mix.get(kind, 0) / settings.period(kind) for kind in with_need(AGENTS))


def _turns(
    settings: Settings, deployment: Deployment, prices: Prices, mix: Mapping[str, int], seconds: float
) -> list[Item]:
    models, askers = backend(settings, deployment) or _priced(deployment, prices, settings), users_with(mix, AGENTS)
    if not models or not askers:
        return []
    # At the end each user has begun one more.
    turns = math.ceil(round(questions(settings, mix) * seconds + askers, 6)) if seconds else 0
    known = [(prices.of(one.provider, one.model), one) for one in models]
    price, dearest = max(known, key=_dearness)
    out = deployment.most_tokens or TURN_TOKENS_OUT
    tokens_in = TURN_TOKENS_IN + round(_history(settings, deployment, mix) * out)
    return [Item(TURNS, dearest.provider, dearest.model, turns, tokens_in, out, price)]


def _history(settings: Settings, deployment: Deployment, mix: Mapping[str, int]) -> float:
    """Earlier replies sent along with a question, on average over the users of `mix`; 0 for RezNet, which keeps them itself."""
    asked = {kind: mix.get(kind, 0) / settings.period(kind) for kind in with_need(AGENTS)}
    if deployment.backend is None or not sum(asked.values()):
        return 0.0
    return sum(rate * KINDS[kind].history for kind, rate in asked.items()) / sum(asked.values())


def _priced(deployment: Deployment, prices: Prices, settings: Settings) -> tuple[AgentModel, ...]:
    """The model requested from a backend other than RezNet, if prices.toml knows it; else ()."""
    if deployment.backend is None or deployment.simulated or settings.backend_provider == FREE:
        return ()
    provider = deployment.backend.name.partition("-")[0]  # openai-responses are OpenAI's too
    return (AgentModel(provider, settings.model),) if prices.of(provider, settings.model) else ()


def _dearness(known: tuple[Price | None, AgentModel]) -> float:
    """A sort key by price; an unknown price counts as the highest, because the limit could not be enforced."""
    price = known[0]
    return math.inf if price is None else price.cost(TURN_TOKENS_IN, TURN_TOKENS_OUT)


def backend(settings: Settings, deployment: Deployment) -> tuple[AgentModel, ...]:
    """The models that the backend pays for; () if it pays nothing, or neither the backend nor the user names one."""
    said, _, model = settings.backend_provider.partition("=")
    if said:
        return () if said == FREE else (AgentModel(said, model),)
    if deployment.simulated or not deployment.provider:
        return ()
    return deployment.models or (AgentModel(deployment.provider, ""),)

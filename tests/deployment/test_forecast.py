"""What a run will pay for, before its first user."""

from __future__ import annotations

from pathlib import Path

import pytest

from reznet_load.core.money.bill import PROBES, TURNS, Bill, Item
from reznet_load.core.money.prices import Price
from reznet_load.core.profile import steady
from reznet_load.core.run import SUITE
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.announce import announce
from reznet_load.deployment.configured_providers import AgentModel
from reznet_load.deployment.forecast import bill
from reznet_load.deployment.preflight import Deployment
from reznet_load.deployment.prepare import Prepared, _bill
from reznet_load.dialects.openai import CHAT
from tests.builders import info

KEYS = {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}
REAL = {"anthropic": {"model": "claude-sonnet-5", "base_url": ""}}


def deployment(**facts: object) -> Deployment:
    return Deployment("v1", ("@qa",), **facts)  # type: ignore[arg-type]


def models(*names: str) -> tuple[AgentModel, ...]:
    return tuple(AgentModel("anthropic", name) for name in names)


def streams(**facts: object) -> Deployment:
    return Deployment("openai", (), backend=CHAT, **facts)  # type: ignore[arg-type]


def test_turns_of_a_model_with_a_known_price_are_on_the_bill_with_their_history() -> None:
    """One of six questions is sent with two and a half replies on average, one of twenty with nine and a half."""
    settings = Settings(model="gpt-4o-mini", dialect="openai")
    (item,) = bill(settings, streams(), {"agent": 10}, 42, {}).items
    assert (item.what, item.provider, item.model, item.count) == (TURNS, "openai", "gpt-4o-mini", 110)
    assert (item.tokens_in, item.tokens_out, item.price) == (3500, 1000, Price(0.15, 0.6))
    (both,) = bill(settings, streams(), {"agent": 5, "long": 5}, 42, {}).items
    assert both.tokens_in == 7000


@pytest.mark.parametrize(
    ("facts", "options"),
    [({"simulated": True}, {}), ({}, {"backend_provider": "free"}), ({}, {"model": "my-own"})],
)
def test_nothing_is_on_it_that_is_simulated_or_free_or_has_no_price(facts: dict, options: dict) -> None:
    settings = Settings(**{"model": "gpt-4o-mini", "dialect": "openai"} | options)
    assert bill(settings, streams(**facts), {"agent": 10}, 42, {}).items == ()


def test_questions_are_paid_for_where_a_key_is_real() -> None:
    (item,) = bill(
        Settings(providers=REAL, networks=("mobile",)), deployment(simulated=True), {"agent": 14}, 70, KEYS
    ).items
    assert (item.what, item.count, item.price) == (PROBES, 12, Price(2, 10))
    assert item.usd == pytest.approx(12 * (80 * 2 + 120 * 10) / 1e6)


@pytest.mark.parametrize(
    ("settings", "environ"),
    [
        (Settings(providers=REAL), {}),
        (Settings(providers={"anthropic": {"model": "m", "simulated": "yes"}}), KEYS),
        (Settings(providers=REAL, probes=("postgres",)), KEYS),
    ],
)
def test_without_key_or_probe_questions_cost_nothing(settings: Settings, environ: dict[str, str]) -> None:
    assert bill(settings, deployment(simulated=True), {"agent": 14}, 70, environ).items == ()


def test_turns_cost_money_if_the_backend_reports_a_real_provider() -> None:
    facts = deployment(provider="anthropic", models=models("claude-haiku-4-5", "claude-sonnet-4-5"), most_tokens=500)
    (item,) = bill(Settings(), facts, {"agent": 14}, 70, {}).items
    assert (item.what, item.model, item.price, item.tokens_out) == (TURNS, "claude-sonnet-4-5", Price(3, 15), 500)
    assert item.count == 248  # 14 users for 70 s, every 4.2 s, and one each that is begun at the end


@pytest.mark.parametrize(
    ("said", "facts", "model"),
    [
        ("", deployment(), None),
        ("", deployment(provider="anthropic", simulated=True), None),
        ("free", deployment(provider="anthropic"), None),
        ("openai=gpt-4.1", deployment(simulated=True), "gpt-4.1"),
        ("", deployment(provider="anthropic", models=models("claude-sonnet-5", "mystery")), "mystery"),
        ("", deployment(provider="anthropic"), ""),
    ],
)
def test_the_user_may_name_the_provider_and_an_unknown_model_has_no_price(
    said: str, facts: Deployment, model: str | None
) -> None:
    items = bill(Settings(backend_provider=said), facts, {"agent": 14}, 70, {}).items
    assert [item.model for item in items] == ([] if model is None else [model])
    assert all((item.price is None) == (model in ("mystery", "")) for item in items)


def test_without_agent_users_no_turn_is_paid_for() -> None:
    assert bill(Settings(), deployment(provider="anthropic"), {"rest": 50, "agent": 0}, 70, {}).items == ()


def test_the_suite_pays_for_turns_only_where_its_user_asks_agents() -> None:
    real, planned = deployment(provider="anthropic", models=models("claude-sonnet-4-5")), steady(1, 60, 0)
    counts = [
        [item.count for item in _bill(Settings(), real, SUITE, planned, {"rest": 1 - agents, "agent": agents}).items]
        for agents in (1, 0)
    ]
    assert counts == [[16], []]  # --quick asks none


@pytest.mark.parametrize(("scenario", "searching"), [("capacity", True), ("load", False)])
def test_a_search_says_that_its_users_and_their_cost_may_be_more(scenario: str, searching: bool) -> None:
    paid = Bill((Item(TURNS, "anthropic", "m", 10, 1000, 1000, Price(3, 15)),), 1.0)
    prepared = Prepared(Path("reports/x"), info(scenario=scenario), deployment(provider="anthropic"), paid)
    told = "\n".join(announce(prepared, Settings()))
    assert ("doubled while they meet every requirement" in told) is searching
    assert ("in all, and more with more users; paid requests stop at --max-cost 1.00 USD" in told) is searching

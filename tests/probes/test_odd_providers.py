"""Providers that do not count tokens, that reason, or do not know an argument: paid replies never cost 0."""

from __future__ import annotations

from pathlib import Path

import pytest

from reznet_load.core.money.prices import Price
from reznet_load.core.money.spent import Spent
from reznet_load.core.text.secrets import remember
from reznet_load.probes.probe import Notes
from reznet_load.probes.providers import CLIENTS, ProviderFailure, ask
from reznet_load.probes.route import Route
from tests.probes.odd_provider import AZURE, NO_USAGE, OLD, PING, REASON, REFUSE, THINKS, serving


@pytest.mark.parametrize("mode", [NO_USAGE, OLD, THINKS, PING, AZURE])
def test_tokens_that_are_not_counted_are_estimated_from_the_text(mode: str) -> None:
    with serving(mode) as url:
        reply = ask(CLIENTS["openai"](url, "key", "m"))
    assert reply.estimated and reply.tokens_in > 5 and reply.tokens_out >= (17 if mode == THINKS else 6)


def test_a_reply_of_reasoning_alone_has_its_name_and_its_tokens() -> None:
    with serving(REASON) as url, pytest.raises(ProviderFailure, match="all tokens went to reasoning") as failed:
        ask(CLIENTS["openai"](url, "key", "m"))
    assert failed.value.reply.tokens_out == 64 and not failed.value.reply.estimated


@pytest.mark.parametrize("mode", [PING, AZURE])
def test_data_before_the_models_answer_are_no_first_byte(mode: str) -> None:
    with serving(mode) as url:
        reply = ask(CLIENTS["openai"](url, "key", "m"))
    assert reply.first_byte is not None and reply.first_text is not None
    assert reply.first_byte >= 0.3 and reply.first_text - reply.first_byte < 0.2


@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_the_reason_of_a_refusal_is_kept_without_the_key(name: str) -> None:
    remember("sk-very-secret-key")
    with serving(REFUSE) as url, pytest.raises(ProviderFailure) as failed:
        ask(CLIENTS[name](url if name == "openai" else url.removesuffix("/v1"), "sk-very-secret-key", "m"))
    text = str(failed.value)
    assert text.startswith("HTTP 404: The model `m` does not exist") and "secret" not in text and "\x1b" not in text


def test_the_cost_limit_works_with_a_provider_that_does_not_count_tokens(tmp_path: Path) -> None:
    spent = Spent(tmp_path, "probes", 0.001)
    with serving(NO_USAGE) as url:
        route = Route("openai", "", CLIENTS["openai"](url, "key", "m"), Price(10.0, 1000.0), spent)
        for _ in range(3):
            route.ask(Notes())
    facts = route.facts()
    assert spent.passed(1.0) and facts["usd"] > 0.001 and facts["estimated"] == 3

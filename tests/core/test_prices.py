"""Prices of tokens, and models without a known price."""

from __future__ import annotations

from pathlib import Path

import pytest

from reznet_load.core.errors import ConfigError
from reznet_load.core.money import spent
from reznet_load.core.money.bill import PROBES, TURNS, Bill, Item, from_data, to_data
from reznet_load.core.money.prices import Price, read_prices
from reznet_load.core.money.question import paid_questions, tokens_in_text
from reznet_load.core.money.spent import Spent
from reznet_load.core.system.resources import resource

SHIPPED = resource("prices.toml")
BLOCK = '[[price]]\nprovider = "{}"\nmodel = "{}"\ninput = {}\noutput = {}\n'


@pytest.mark.parametrize(
    ("provider", "model", "price"),
    [
        ("anthropic", "claude-3-5-sonnet-20241022", Price(3, 15)),
        ("anthropic", "claude-opus-4-1-20250805", Price(15, 75)),
        ("anthropic", "claude-opus-4-5-20251101", Price(5, 25)),
        ("anthropic", "claude-opus-5-5", Price(4, 20)),
        ("anthropic", "claude-opus-5", Price(5, 25)),
        ("openai", "gpt-4o-mini-2024-07-18", Price(0.15, 0.6)),
        ("openai", "gpt-4o-2024-08-06", Price(2.5, 10)),
        ("openai", "gpt-5-mini", Price(0.25, 2)),
        ("openai", "gpt-5-pro", None),  # no pattern is so wide that it gives another model's price
        ("openai", "gpt-4o-audio-preview", None),
        ("openai", "claude-opus-5", None),
        ("anthropic", "", None),
    ],
)
def test_the_first_matching_price_block_applies(provider: str, model: str, price: Price | None) -> None:
    assert read_prices(SHIPPED).of(provider, model) == price


def test_a_users_price_file_has_priority(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(BLOCK.format("openai", "gpt-4o*", 1, 2) + BLOCK.format("gateway", "*", 0, 0))
    prices = read_prices(SHIPPED, own)
    assert prices.of("openai", "gpt-4o-mini") == Price(1, 2) and prices.of("gateway", "any") == Price(0, 0)
    assert prices.of("openai", "gpt-4.1") == Price(2, 8)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[price]]\n", "read fields none"),
        (BLOCK.format("openai", "m", -1, 2), "input read as -1"),
        (BLOCK.format("openai", "m", 1, "true"), "output read as True"),
        (BLOCK.format("openai", "m", "nan", 2), "input read as nan"),
        (BLOCK.format("openai", "", 1, 2), "'openai', ''"),
        (BLOCK.format("openai", "m", 1, 2) + "note = 1\n", "block 1: read fields input, model, note"),
        ("[price]\nx = 1\n", "[[price]] blocks and nothing else"),
        ("price = ", "not a TOML file"),
    ],
)
def test_an_invalid_price_file_is_refused_with_the_right_form(tmp_path: Path, text: str, says: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(ConfigError) as error:
        read_prices(SHIPPED, own)
    assert says in str(error.value) and str(own) in str(error.value)


def test_a_price_is_per_million_tokens() -> None:
    assert Price(3, 15).cost(1_000_000, 0) == 3 and Price(3, 15).cost(2000, 1000) == pytest.approx(0.021)


def item(price: Price | None, count: int = 100, what: str = TURNS) -> Item:
    return Item(what, "anthropic", "m", count, 1000, 1000, price)


@pytest.mark.parametrize(
    ("items", "limit", "says"),
    [
        ((), 0.0, ""),
        ((item(Price(3, 15)),), 2.0, ""),
        ((item(Price(3, 15)),), 1.0, "up to 1.80 USD, more than 1.00 USD: 100 agent turns"),
        ((item(Price(3, 15)),), None, ""),
        ((item(Price(3, 15), 60), item(Price(3, 15), 60, PROBES)), 2.0, "allow it with --max-cost 2.18"),
        ((item(Price(3, 15), 1, PROBES),), 0.0, "allow it with --max-cost 0.02"),
        ((item(Price(1, 1), 1, PROBES),), 0.0, "allow it with --max-cost 0.01"),
        (
            (item(None),),
            1.0,
            "price unknown, so a limit of 1.00 USD cannot be enforced; give the price with --prices FILE",
        ),
        ((item(None),), None, ""),
        ((item(Price(3, 15), 0),), 0.5, ""),  # until Stop: only what is spent can tell
        ((item(Price(0, 0)),), 0.0, ""),
    ],
)
def test_a_run_that_may_cost_more_than_its_limit_is_refused(
    items: tuple[Item, ...], limit: float | None, says: str
) -> None:
    bill = Bill(items, limit)
    assert from_data(to_data(bill)) == (bill if items else Bill())
    if not says:
        bill.check()
        return
    with pytest.raises(ConfigError) as error:
        bill.check()
    assert says in str(error.value)


def test_spending_of_processes_adds_up_and_the_first_to_exceed_the_limit_records_when(tmp_path: Path) -> None:
    users, probes = Spent(tmp_path, "users", 1.0), Spent(tmp_path, "probes", 1.0)
    users.add(0.0)
    assert spent.read(tmp_path) == {}
    users.add(0.6)
    probes.add(0.4)
    assert not users.passed(5.0) and not probes.passed(5.0)
    probes.add(0.01)
    assert users.passed(7.0) and users.passed(9.0) and probes.passed(8.0)
    assert {who: one["stopped_at"] for who, one in spent.read(tmp_path).items()} == {"users": 7.0, "probes": 8.0}
    (tmp_path / "spent-torn.json").write_text("{")
    assert spent.total(tmp_path) == pytest.approx(1.01)


def test_without_a_limit_nothing_is_exceeded(tmp_path: Path) -> None:
    users = Spent(tmp_path, "users", None)
    users.add(1e9)
    assert not users.passed(1.0)


def test_questions_and_tokens() -> None:
    assert paid_questions(networks=1) == 12 and paid_questions(networks=0) == 6
    assert [tokens_in_text(n) for n in (0, 1, 400)] == [0, 1, 100]

"""The sum of agent turns, from the blocks of samples that come in."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from reznet_load.core.measured.ledger import Ledger
from reznet_load.core.money.bill import TURNS, Bill, Item, to_data
from reznet_load.core.money.prices import Price
from reznet_load.core.money.spent import Spent, read
from reznet_load.load.samples.cost_limit import Spending

COST = to_data(Bill((Item(TURNS, "anthropic", "m", 100, 1000, 1000, Price(1.0, 10.0)),), 0.01))


def block(ledger: Ledger, asked: float, answered: float) -> tuple[bytes, list[dict]]:
    """A turn and what else is measured meanwhile."""
    for kind, name, unit, value in (
        ("CHAT", "ping", "ms", 5e6), ("COUNT", "tokens asked", "tokens", asked), ("GAUGE", "users", "users", 9e9),
        ("COUNT", "tokens answered", "tokens", answered),
    ):  # fmt: skip
        ledger.add(kind, name, unit, value, time.time())
    return ledger.take()


def test_turns_of_all_workers_add_up_until_the_limit_is_exceeded(tmp_path: Path) -> None:
    spending, workers = Spending(), {"w1": Ledger(), "w2": Ledger()}
    spending.see("w1", *block(workers["w1"], 1e9, 1e9))  # before the run: it counts for none
    spending.open(tmp_path, COST)
    for name in ("w1", "w2", "w1"):
        spending.see(name, *block(workers[name], 100, 200))
    assert read(tmp_path)["users"]["usd"] == pytest.approx(3 * 0.0021)
    assert not spending.passed()
    Spent(tmp_path, "probes", 0.01).add(0.004)
    assert spending.passed() and read(tmp_path)["users"]["stopped_at"] > 0


def test_what_the_backend_counted_is_paid_as_counted(tmp_path: Path) -> None:
    """A turn has either kind of row of each."""
    spending, ledger = Spending(), Ledger()
    spending.open(tmp_path, COST)
    for name, value in (
        ("tokens asked counted", 100.0),
        ("tokens counted", 50.0),
        ("tokens asked", 10.0),
        ("tokens answered", 5.0),
    ):
        ledger.add("COUNT", name, "tokens", value, time.time())
    spending.see("local", *ledger.take())
    assert read(tmp_path)["users"]["usd"] == pytest.approx((110 * 1.0 + 55 * 10.0) / 1e6)


def test_a_run_that_pays_nobody_writes_nothing(tmp_path: Path) -> None:
    spending = Spending()
    spending.open(tmp_path, {})
    spending.see("local", *block(Ledger(), 100, 200))
    assert not spending.passed() and list(tmp_path.iterdir()) == []

"""A provider asked by the suite: which samples a reply gives, and its failures."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reznet_load.core.money.bill import PROBES, Bill, Item, to_data
from reznet_load.core.money.prices import Price
from reznet_load.core.money.spent import read
from reznet_load.probes.providers import Piece, ProviderFailure
from reznet_load.suite import provider
from reznet_load.suite.record import Record
from reznet_load.suite.suite_spending import SuiteSpending
from reznet_load.verdict import samples
from tests import builders


class Client:
    """Three chunks a reply; every third question meets a refusal."""

    def __init__(self, *_: object) -> None:
        self.questions = 0

    def stream(self) -> Iterator[Piece]:
        self.questions += 1
        if self.questions % 3 == 0:
            raise ProviderFailure("rate limited (429)", 0.01)
        for text in ("", "one ", "two ", "three"):
            time.sleep(0.002)
            yield Piece(text, tokens_in=20, tokens_out=3)


def test_a_reply_is_its_parts_and_a_refusal_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "CLIENTS", {"openai": Client})
    record = Record()
    asked = provider.Provider("openai", {"model": "some-model"}, "sk-none", record, SuiteSpending(tmp_path, {}))
    for _ in range(5):
        asked.ask(time.time())
    folder = tmp_path / "run"
    (folder / "samples").mkdir(parents=True)
    record.flush(folder)
    found = samples.read(folder, builders.suite_info())
    first = found["PROBE openai first byte"]
    assert (int(first.ok.sum()), int(first.failed.sum())) == (3, 2) and "rate limited (429)" in first.texts
    assert {key: len(found[key]) for key in ("PROBE openai first text", "PROBE openai reply", "PROBE openai gap")} == {
        "PROBE openai first text": 3, "PROBE openai reply": 3, "PROBE openai gap": 6,
    }  # fmt: skip
    facts = asked.close()
    assert facts["asked"] == 6 and facts["tokens_in"] == 80 and facts["tokens_out"] == 12  # the cold one is counted
    assert facts["cold_first_byte_ms"] > 0 and not facts["simulated"] and json.dumps(facts)


def test_what_a_provider_costs_is_kept_and_ends_the_asking_at_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "CLIENTS", {"openai": Client})
    dollars = Price(1_000_000, 0)  # 20 tokens in a reply: 20 USD
    paid = to_data(Bill((Item(PROBES, "openai", "m", 6, 100, 100, dollars),), 30.0))
    asked = provider.Provider("openai", {"model": "m"}, "sk-none", Record(), SuiteSpending(tmp_path, paid))
    for _ in range(5):
        asked.ask(time.time())
    facts = asked.close()
    assert facts["asked"] == 2 and facts["usd"] == sum(entry["usd"] for entry in read(tmp_path).values()) == 40
    assert max(entry["stopped_at"] for entry in read(tmp_path).values()) > 0

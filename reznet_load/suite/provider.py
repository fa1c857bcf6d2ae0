"""Asks one provider directly, one question after another, through its official SDK."""

from __future__ import annotations

import time
from typing import Any

from reznet_load.core.money.bill import PROBES
from reznet_load.probes.providers import CLIENTS
from reznet_load.probes.route import SIMULATED, Route
from reznet_load.suite.record import Record
from reznet_load.suite.suite_spending import SuiteSpending

_MOST_WAIT = 30.0  # seconds; the most that a refusal's Retry-After can make it wait


class Provider:
    """Records rows `PROBE <name> first byte`, `first text`, `reply` and `gap`; for a failure only the first, with its
    text.
    """

    def __init__(self, name: str, chosen: dict[str, str], key: str, record: Record, spending: SuiteSpending) -> None:
        self._record = record
        self._spending = spending
        client = CLIENTS[name](chosen.get("base_url", ""), key or SIMULATED, chosen["model"])
        price = spending.bill.price(PROBES, name) if key else None
        self._route = Route(name, "", client, price, spending.probes)
        self._route.ask_cold()
        self.cold: dict[str, Any] = {"model": chosen["model"], "simulated": not key} | self._route.cold

    def ask(self, _: float) -> None:
        """Ask one question now, unless questions are paid for and the cost limit was exceeded."""
        if self._route.price is not None and self._spending.passed():
            return
        failure = self._route.ask(self._record)
        if failure is not None:
            time.sleep(min(failure.wait, _MOST_WAIT))

    def close(self) -> dict[str, Any]:
        """What was asked and counted, in the same form as a load run's probe."""
        return self.cold | self._route.facts() | {"networks": {}}

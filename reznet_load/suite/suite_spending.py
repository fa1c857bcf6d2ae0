"""What the suite has spent so far, kept in the run folder like that of a load run; stops questions at the cost limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reznet_load.chat.turn import Turn
from reznet_load.core.money.bill import TURNS, from_data
from reznet_load.core.money.question import tokens_in_text
from reznet_load.core.money.spent import Spent
from reznet_load.core.system import clock


class SuiteSpending:
    """`cost` as in `run.json`; empty if nothing is paid for."""

    def __init__(self, folder: Path, cost: dict[str, Any]) -> None:
        self.bill = from_data(cost)
        self.probes, self._users = (Spent(folder, who, self.bill.limit) for who in ("probes", "users"))
        self._price = self.bill.price(TURNS)

    def pay(self, turn: Turn) -> None:
        """Count a finished turn, by the text of its question and its reply."""
        if self._price is not None:
            asked, answered = tokens_in_text(len(turn.own.text)), tokens_in_text(turn.text_length)
            self._users.add(self._price.cost(asked, answered))

    def passed(self) -> bool:
        """Has the run spent more than its limit?"""
        return bool(self.bill.items) and self._users.passed(clock.now())

    def stops_turns(self) -> bool:
        """Must the suite stop asking agents?"""
        return self._price is not None and self.passed()

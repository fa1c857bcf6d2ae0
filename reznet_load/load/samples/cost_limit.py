"""What agent turns have cost so far, and the end of asking once the limit is exceeded.

By the backend's own count of tokens, or by the text that users saw. On the master or the only process, from the samples that
come in anyway: a worker's one or two seconds later.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reznet_load.core.measured.measurement import RECORD
from reznet_load.core.money.bill import TURNS, from_data
from reznet_load.core.money.prices import Price
from reznet_load.core.money.spent import Spent
from reznet_load.core.rows import TOKENS_ANSWERED, TOKENS_ASKED, TOKENS_ASKED_COUNTED, TOKENS_COUNTED
from reznet_load.core.system import clock

# A turn has one of each: tokens that the backend counted, or those estimated from its text.
_PARTS = {TOKENS_ASKED.key: 0, TOKENS_ASKED_COUNTED.key: 0, TOKENS_ANSWERED.key: 1, TOKENS_COUNTED.key: 1}


class Spending:
    """Gets every block of samples. Cost: 0.2 µs per sample, and only if turns have a price."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[int, int]] = {}  # process -> row number -> 0: input tokens, 1: output tokens
        self._price: Price | None = None
        self._spent: Spent | None = None

    def open(self, folder: Path, cost: dict[str, Any]) -> None:
        """Begin a new run, with the `cost` of its `run.json`."""
        bill = from_data(cost)
        self._price = bill.price(TURNS)
        self._spent = Spent(folder, "users", bill.limit) if bill.items else None

    def see(self, process: str, packed: bytes, names: list[dict[str, Any]]) -> None:
        """Count records and new names of a process; a row number is valid for the process, not only for the run."""
        rows = self._rows.setdefault(process, {})
        for name in names:
            if "row" in name and (key := f"{name['kind']} {name['name']}") in _PARTS:
                rows[name["row"]] = _PARTS[key]
        if self._price is None or self._spent is None or not rows:
            return
        tokens = [0.0, 0.0]
        for _, value, _, row, _ in RECORD.iter_unpack(packed):
            if row in rows:
                tokens[rows[row]] += value
        self._spent.add(self._price.cost(*tokens))

    def passed(self) -> bool:
        """Has the run, including its probes, spent more than its limit?"""
        return self._spent is not None and self._spent.passed(clock.now())

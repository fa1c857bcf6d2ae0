"""One provider asked alone, one question after another, through its official SDK."""

from __future__ import annotations

import time
from typing import Any

from reznet_load.core.streaming import of_reply
from reznet_load.probes.llm import SIMULATED
from reznet_load.probes.providers import CLIENTS, ProviderFailure, Reply, ask
from reznet_load.suite.record import Record

_MOST_WAIT = 30.0  # seconds; what a refusal asks for is kept up to there


class Provider:
    """Rows `PROBE <name> first byte`, `first text`, `reply` and `gap`; of a failure only the first, with its name."""

    def __init__(self, name: str, chosen: dict[str, str], key: str, record: Record) -> None:
        self._name, self._record = name, record
        self._client = CLIENTS[name](chosen.get("base_url", ""), key or SIMULATED, chosen["model"])
        self._tokens_in = self._tokens_out = self._asked = 0
        self.cold: dict[str, Any] = {"model": chosen["model"], "simulated": not key} | self._first()

    def _first(self) -> dict[str, Any]:
        """The first question, on a cold connection: facts, never a sample."""
        try:
            reply = self._reply()
        except ProviderFailure as failure:
            return {"cold_failed": str(failure)}
        first = round((reply.first_byte or 0.0) * 1000, 2)
        return {"cold_first_byte_ms": first, "cold_total_ms": round(reply.total * 1000, 1)}

    def _reply(self) -> Reply:
        self._asked += 1
        reply = ask(self._client)
        self._tokens_in += reply.tokens_in
        self._tokens_out += reply.tokens_out
        return reply

    def ask(self, start: float) -> None:
        """One question, now (`start` in seconds since the epoch)."""
        timed, began = self._record.timed, time.perf_counter()
        try:
            reply = self._reply()
        except ProviderFailure as failure:
            timed(f"{self._name} first byte", (time.perf_counter() - began) * 1000, start, str(failure))
            time.sleep(min(failure.wait, _MOST_WAIT))
            return
        timed(f"{self._name} first byte", (reply.first_byte or 0.0) * 1000, start)
        timed(f"{self._name} first text", (reply.first_text or 0.0) * 1000, start)
        timed(f"{self._name} reply", reply.total * 1000, start)
        for gap in reply.gaps:
            timed(f"{self._name} gap", gap * 1000, start)
        for name, value, unit in of_reply(reply.gaps, len(reply.gaps) + 1):
            self._record.count(f"{self._name} {name}", value, unit, start)

    def close(self) -> dict[str, Any]:
        """What was asked and counted, in the form of a load run's probe."""
        counted = {"asked": self._asked, "tokens_in": self._tokens_in, "tokens_out": self._tokens_out}
        return self.cold | counted | {"usd": None, "networks": {}}

"""One route to a provider, directly or over a simulated network: questions asked, results, cost."""

from __future__ import annotations

import time
from typing import Any

from reznet_load.core.measured.named_row import NamedRow, RowFamily
from reznet_load.core.measured.streaming import of_reply
from reznet_load.core.money.prices import Price
from reznet_load.core.money.spent import Spent
from reznet_load.core.rows import (
    PROVIDER_FIRST_BYTE,
    PROVIDER_FIRST_TEXT,
    PROVIDER_GAP,
    PROVIDER_REPLY,
    of_provider,
    under,
)
from reznet_load.core.settings.networks import on_network
from reznet_load.core.system import clock
from reznet_load.probes.probe import Notes
from reznet_load.probes.providers import Client, ProviderFailure, ProviderReply, ask

SIMULATED = "simulated"  # used instead of a key for the embedded target's simulator


class Route:
    """`price` None: nothing is paid, or the price is not known; what is paid is added to `spent`."""

    def __init__(
        self, provider: str, network: str, client: Client, price: Price | None = None, spent: Spent | None = None
    ) -> None:
        self.provider = provider
        self.network = network
        self.price = price
        self._client = client
        self._spent = spent
        self._asked = self._tokens_in = self._tokens_out = self._estimated = 0
        self.cold: dict[str, Any] = {}

    def _row(self, family: RowFamily) -> NamedRow:
        """`PROBE anthropic first byte`, or `PROBE anthropic first byte, simulated network mobile`."""
        return under(family.of(self.provider), on_network(self.network))

    def ask_cold(self) -> ProviderFailure | None:
        """Ask the first question on a new connection. It gives no sample; its figures are facts. Returns how it failed,
        if it did.
        """
        reply, failure = self._put()
        if failure is not None:
            self.cold = {"cold_failed": str(failure)}
        else:
            first = round((reply.first_byte or 0.0) * 1000, 2)
            self.cold = {"cold_first_byte_ms": first, "cold_total_ms": round(reply.total * 1000, 1)}
        return failure

    def ask(self, notes: Notes) -> ProviderFailure | None:
        """Ask one question now and record every part of its reply, or only the failure; returns how it failed, if it
        did.
        """
        start, began = clock.now(), time.perf_counter()
        reply, failure = self._put()
        if failure is not None:
            notes.timed(self._row(PROVIDER_FIRST_BYTE), (time.perf_counter() - began) * 1000, start, str(failure))
            return failure
        notes.timed(self._row(PROVIDER_FIRST_BYTE), (reply.first_byte or 0.0) * 1000, start)
        notes.timed(self._row(PROVIDER_FIRST_TEXT), (reply.first_text or 0.0) * 1000, start)
        notes.timed(self._row(PROVIDER_REPLY), reply.total * 1000, start)
        for gap in reply.gaps:
            notes.timed(self._row(PROVIDER_GAP), gap * 1000, start)
        for row, value in of_reply(reply.gaps, len(reply.gaps) + 1):
            notes.count(under(of_provider(row, self.provider), on_network(self.network)), value, start)
        return None

    def _put(self) -> tuple[ProviderReply, ProviderFailure | None]:
        """(the reply so far, how it failed if it did): both are paid for."""
        self._asked += 1
        failure = None
        try:
            reply = ask(self._client)
        except ProviderFailure as caught:
            reply, failure = caught.reply, caught
        self._tokens_in += reply.tokens_in
        self._tokens_out += reply.tokens_out
        self._estimated += reply.estimated
        if self.price is not None and self._spent is not None:
            self._spent.add(self.price.cost(reply.tokens_in, reply.tokens_out))
        return reply, failure

    def facts(self) -> dict[str, Any]:
        """Facts for the reader; `usd` None if the price is unknown, or nothing is paid; `estimated`: replies whose
        tokens are estimates.
        """
        counted = {"asked": self._asked, "tokens_in": self._tokens_in, "tokens_out": self._tokens_out}
        counted |= {"estimated": self._estimated} if self._estimated else {}
        usd = None if self.price is None else self.price.cost(self._tokens_in, self._tokens_out)
        return self.cold | counted | {"usd": usd}

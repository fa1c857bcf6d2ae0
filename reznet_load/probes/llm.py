"""The providers beside the load, one question at a time each: what they alone cost of a reply's time.

40 questions over the judged phases at a simulator, five where a key is real; over each simulated network 10 and five more.
Cost: 11 CPU-ms of this process a reply.
"""

from __future__ import annotations

import os
import random
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from reznet_load.core.bill import PROBES, from_data
from reznet_load.core.networks import MARK, NETWORKS
from reznet_load.core.prices import Price
from reznet_load.core.profile import Phase
from reznet_load.core.question import QUESTIONS_NETWORK, QUESTIONS_REAL, QUESTIONS_SIMULATED
from reznet_load.core.run import RunInfo
from reznet_load.core.settings import KEYS, Settings
from reznet_load.core.spent import Spent
from reznet_load.core.streaming import of_reply
from reznet_load.probes.network import DelayingProxy
from reznet_load.probes.probe import Notes, ProbeError, Task
from reznet_load.probes.providers import CLIENTS, Client, ProviderFailure, Reply, ask

SIMULATED = "simulated"  # in place of a key, where the embedded target's simulator is asked
_TICK = 0.2  # seconds between two looks at the schedule
_UNPLANNED, _UNPLANNED_SPACING = 1800, 2.0  # questions, and seconds between them, without planned phases (web UI)


class Route:
    """A provider by one way: directly, or over the simulated `network`. What was asked on it, and what it cost."""

    def __init__(self, provider: str, network: str, client: Client, simulated: bool) -> None:
        self.provider, self.network, self.client, self.simulated = provider, network, client, simulated
        self.asked = self.tokens_in = self.tokens_out = 0
        self.cold: dict[str, Any] = {}
        self.planned = False
        self.price: Price | None = None
        self._times: deque[float] = deque()

    def row(self, what: str) -> str:
        """`anthropic first byte`, or `anthropic first byte, simulated network mobile`."""
        return f"{self.provider} {what}" + (f", {MARK} {self.network}" if self.network else "")

    def plan(self, phases: tuple[Phase, ...], now: float) -> None:
        """Its questions spread evenly over `phases`, from a random moment on; without phases from `now` on."""
        self.planned, shift = True, random.random()
        count = QUESTIONS_REAL if not self.simulated else QUESTIONS_NETWORK if self.network else QUESTIONS_SIMULATED
        if not phases:
            count = count if not self.simulated else _UNPLANNED
            self._times.extend(now + (number + shift) * _UNPLANNED_SPACING for number in range(count))
        whole = sum(phase.seconds for phase in phases)
        before = 0.0
        for phase in phases:
            into = ((number + shift) * whole / count - before for number in range(count))
            self._times.extend(phase.start + at for at in into if 0 <= at < phase.seconds)
            before += phase.seconds

    def is_due(self, now: float) -> bool:
        """Is it time for the next question? Of several missed ones only the last is asked."""
        while len(self._times) > 1 and self._times[1] <= now:
            self._times.popleft()
        return bool(self._times) and self._times[0] <= now

    def take(self) -> None:
        """The question that is due is being asked."""
        self._times.popleft()

    def pay(self, reply: Reply) -> float:
        """Count the tokens of a reply, or of its beginning; USD, 0 where it is free or nobody knows."""
        self.tokens_in += reply.tokens_in
        self.tokens_out += reply.tokens_out
        return 0.0 if self.price is None else self.price.cost(reply.tokens_in, reply.tokens_out)

    def facts(self) -> dict[str, Any]:
        """For the reader; `usd` None where nobody knows the price, or nothing is paid."""
        usd = None if self.price is None else self.price.cost(self.tokens_in, self.tokens_out)
        return self.cold | {
            "asked": self.asked, "tokens_in": self.tokens_in, "tokens_out": self.tokens_out, "usd": usd
        }  # fmt: skip


class LlmProbe:
    """Each provider that has a model named and a key."""

    name = "providers"

    def __init__(self, settings: Settings, info: Callable[[], RunInfo], notes: Notes, folder: Path) -> None:
        """`info` reads what is known of the run in `folder` now."""
        self._settings, self._info, self._notes = settings, info, notes
        self._bill = from_data(info().cost)
        self._spent = Spent(folder, "probes", self._bill.limit)
        self._routes: list[Route] = []
        self._not_before: dict[str, float] = {}
        self._proxies = ExitStack()

    def open(self) -> dict[str, Any]:
        """Clients, and the first question of each: on cold connections, a line of its own. Raises ProbeError."""
        reasons, facts = [], {}
        networks = self._networks()
        for name, make in CLIENTS.items():
            chosen = self._settings.providers.get(name, {})
            simulated = bool(chosen.get("simulated"))
            key = SIMULATED if simulated else os.environ.get(KEYS[name], "")
            if not key or not chosen.get("model"):
                reasons.append(f"{KEYS[name]} is not set" if not key else f"no model named: --model {name}=NAME")
                continue
            for network, proxy in {"": "", **networks}.items():
                client = make(chosen.get("base_url", ""), key, chosen["model"], proxy)
                route = Route(name, network, client, simulated)
                route.price = None if simulated else self._bill.price(PROBES, name)
                self._routes.append(route)
            direct = self._routes[-1 - len(networks)]
            self._ask_cold(direct)
            facts[name] = {"model": chosen["model"], "simulated": simulated} | direct.cold
        if not self._routes:
            self._proxies.close()
            raise ProbeError("no provider is timed alone: " + "; ".join(reasons))
        return facts

    def _networks(self) -> dict[str, str]:
        """The proxy of each simulated network by its name. Raises ProbeError where one does not start."""
        try:
            return {
                name: self._proxies.enter_context(DelayingProxy(NETWORKS[name])) for name in self._settings.networks
            }
        except ProbeError:
            self._proxies.close()
            raise

    def _ask_cold(self, route: Route) -> None:
        """The first question on a new connection: never a sample, its figures are facts."""
        route.asked += 1
        try:
            reply = ask(route.client)
        except ProviderFailure as failure:
            self._failed(route, failure)
            route.cold = {"cold_failed": str(failure)}
            return
        self._spent.add(route.pay(reply))
        route.cold = {
            "cold_first_byte_ms": round((reply.first_byte or 0.0) * 1000, 2),
            "cold_total_ms": round(reply.total * 1000, 1),
        }

    def tasks(self) -> list[Task]:
        """One a route: one question at a time on each."""

        def task(route: Route) -> Task:
            return Task(_TICK, lambda due: self._look(route))

        return [task(route) for route in self._routes]

    def _look(self, route: Route) -> None:
        if not route.planned:
            info = self._info()
            if info.origin is None:
                return  # the run is being set up
            if not route.cold:
                self._ask_cold(route)
            route.plan(tuple(phase for phase in info.phases if phase.judged), time.time())
        now = time.time()
        if now < self._not_before.get(route.provider, 0.0) or not route.is_due(now):
            return
        if route.price is None or not self._spent.passed(now):
            route.take()
            self._ask(route)

    def _ask(self, route: Route) -> None:
        timed, start, began = self._notes.timed, time.time(), time.perf_counter()
        route.asked += 1
        try:
            reply = ask(route.client)
        except ProviderFailure as failure:
            self._failed(route, failure)
            timed(route.row("first byte"), (time.perf_counter() - began) * 1000, start, str(failure))
            return
        self._spent.add(route.pay(reply))
        timed(route.row("first byte"), (reply.first_byte or 0.0) * 1000, start)
        timed(route.row("first text"), (reply.first_text or 0.0) * 1000, start)
        timed(route.row("reply"), reply.total * 1000, start)
        for gap in reply.gaps:
            timed(route.row("gap"), gap * 1000, start)
        for name, value, unit in of_reply(reply.gaps, len(reply.gaps) + 1):
            self._notes.count(route.row(name), value, unit, start)

    def _failed(self, route: Route, failure: ProviderFailure) -> None:
        """No question to that provider, on any route, before it may be asked again."""
        earlier = self._not_before.get(route.provider, 0.0)
        self._not_before[route.provider] = max(earlier, time.time() + failure.wait)
        self._spent.add(route.pay(failure.reply))

    def close(self) -> dict[str, Any]:
        """What was asked and counted, by provider; those over simulated networks below their names."""
        self._proxies.close()
        found: dict[str, Any] = {}
        for route in self._routes:
            if route.network:
                found[route.provider]["networks"][route.network] = route.facts()
            else:
                found[route.provider] = route.facts() | {"networks": {}}
        return found

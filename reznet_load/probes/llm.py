"""Asks the providers directly during the load, one question at a time each: how much of a reply's time they take.

A simulator gets 40 questions in each judged phase; a real key five over all phases; each simulated network 10 and five
more. Cost: 11 ms of this process' CPU per reply.
"""

from __future__ import annotations

import os
import random
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from reznet_load.core.money.bill import PROBES, from_data
from reznet_load.core.money.question import QUESTIONS_NETWORK, QUESTIONS_REAL, QUESTIONS_SIMULATED
from reznet_load.core.money.spent import Spent
from reznet_load.core.profile import Phase
from reznet_load.core.run import RunInfo
from reznet_load.core.settings.networks import NETWORKS
from reznet_load.core.settings.settings import KEYS, Settings
from reznet_load.core.system import clock
from reznet_load.probes.network import DelayingProxy
from reznet_load.probes.probe import Notes, ProbedRun, ProbeError, Task
from reznet_load.probes.providers import CLIENTS, ProviderFailure
from reznet_load.probes.route import SIMULATED, Route

_TICK = 0.2  # seconds between checks of the schedule
_UNPLANNED, _UNPLANNED_SPACING = 1800, 2.0  # questions to a simulator, and seconds between them, without planned phases


class Questions:
    """When the questions of one route are due.

    There are `count` over all judged phases, or in `each` of them; `unplanned` if there are no phases (web UI).
    """

    def __init__(self, count: int, unplanned: int, each: bool = False) -> None:
        self._count = count
        self._unplanned = unplanned
        self._each = each
        self.planned = False
        self._times: deque[float] = deque()

    def plan(self, phases: tuple[Phase, ...], now: float) -> None:
        """Spread the questions evenly over `phases`, from a random start; without phases from `now` on."""
        self.planned = True
        shift = random.random()
        if not phases:
            self._times.extend(now + (number + shift) * _UNPLANNED_SPACING for number in range(self._unplanned))
        for some in [(phase,) for phase in phases] if self._each else [phases]:
            self._spread(some, shift)

    def _spread(self, phases: tuple[Phase, ...], shift: float) -> None:
        whole, before = sum(phase.seconds for phase in phases), 0.0
        for phase in phases:
            into = ((number + shift) * whole / self._count - before for number in range(self._count))
            self._times.extend(phase.start + at for at in into if 0 <= at < phase.seconds)
            before += phase.seconds

    def is_due(self, now: float) -> bool:
        """Is it time for the next question? Of several missed ones only the last is asked."""
        while len(self._times) > 1 and self._times[1] <= now:
            self._times.popleft()
        return bool(self._times) and self._times[0] <= now

    def take(self) -> None:
        """Mark the question that is due as asked."""
        self._times.popleft()


class LlmProbe:
    """Asks each provider that has a model named and a key."""

    name = "providers"

    def __init__(self, settings: Settings, info: Callable[[], RunInfo], notes: Notes, folder: Path) -> None:
        """`info` reads the present run info of `folder`."""
        self._settings = settings
        self._info = info
        self._notes = notes
        self._bill = from_data(info().cost)
        self._spent = Spent(folder, "probes", self._bill.limit)
        self._routes: list[tuple[Route, Questions]] = []
        self._not_before: dict[str, float] = {}
        self._proxies = ExitStack()

    @classmethod
    def of_run(cls, run: ProbedRun) -> LlmProbe:
        """Of the run's settings."""
        return cls(run.settings, run.info, run.notes, run.folder)

    def open(self) -> dict[str, Any]:
        """Create the clients and ask each the first question, on a cold connection, which is recorded separately.
        Raises ProbeError.
        """
        reasons, facts = [], {}
        networks = self._networks()
        for name, make in CLIENTS.items():
            chosen = self._settings.providers.get(name, {})
            simulated = bool(chosen.get("simulated"))
            key = SIMULATED if simulated else os.environ.get(KEYS[name], "")
            if not key or not chosen.get("model"):
                reasons.append(f"{KEYS[name]} is not set" if not key else f"no model named: --model {name}=NAME")
                continue
            price = None if simulated else self._bill.price(PROBES, name)
            for network, proxy in {"": "", **networks}.items():
                client = make(chosen.get("base_url", ""), key, chosen["model"], proxy)
                self._routes.append((Route(name, network, client, price, self._spent), _questions(simulated, network)))
            direct, _ = self._routes[-1 - len(networks)]
            self._heed(direct, direct.ask_cold())
            facts[name] = {"model": chosen["model"], "simulated": simulated} | direct.cold
        if not self._routes:
            self._proxies.close()
            raise ProbeError("no provider is timed alone: " + "; ".join(reasons))
        return facts

    def _networks(self) -> dict[str, str]:
        """The proxy of each simulated network by its name. Raises ProbeError if one does not start."""
        try:
            return {
                name: self._proxies.enter_context(DelayingProxy(NETWORKS[name])) for name in self._settings.networks
            }
        except ProbeError:
            self._proxies.close()
            raise

    def tasks(self) -> list[Task]:
        """One task per route: one question at a time on each."""

        def task(route: Route, questions: Questions) -> Task:
            return Task(_TICK, lambda due: self._look(route, questions))

        return [task(*entry) for entry in self._routes]

    def _look(self, route: Route, questions: Questions) -> None:
        if not questions.planned:
            info = self._info()
            if info.origin is None:
                return  # the run is still being set up
            if not route.cold:
                self._heed(route, route.ask_cold())
            questions.plan(tuple(phase for phase in info.phases if phase.judged), clock.now())
        now = clock.now()
        if now < self._not_before.get(route.provider, 0.0) or not questions.is_due(now):
            return
        if route.price is None or not self._spent.passed(now):
            questions.take()
            self._heed(route, route.ask(self._notes))

    def _heed(self, route: Route, failure: ProviderFailure | None) -> None:
        """After a refusal, no question to that provider on any route until it may be asked again."""
        if failure is not None:
            earlier = self._not_before.get(route.provider, 0.0)
            self._not_before[route.provider] = max(earlier, clock.now() + failure.wait)

    def close(self) -> dict[str, Any]:
        """What was asked and counted, by provider; results over simulated networks are under their names."""
        self._proxies.close()
        found: dict[str, Any] = {}
        for route, _ in self._routes:
            if route.network:
                found[route.provider]["networks"][route.network] = route.facts()
            else:
                found[route.provider] = route.facts() | {"networks": {}}
        return found


def _questions(simulated: bool, network: str) -> Questions:
    if not simulated:
        return Questions(QUESTIONS_REAL, QUESTIONS_REAL)
    if network:
        return Questions(QUESTIONS_NETWORK, _UNPLANNED)
    return Questions(QUESTIONS_SIMULATED, _UNPLANNED, each=True)

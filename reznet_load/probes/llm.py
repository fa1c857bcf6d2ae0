"""The providers beside the load, one question at a time each: what they alone cost of a reply's time.

40 questions over the run at a simulator, five where a key is real. Cost: 11 CPU-ms of this process a reply.
"""

from __future__ import annotations

import os
import time
from typing import Any

from reznet_load.core.settings import Settings
from reznet_load.probes.probe import Notes, ProbeError, Task
from reznet_load.probes.providers import CLIENTS, Client, ProviderFailure, ask

KEYS = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}
SIMULATED = "simulated"  # in place of a key, where the embedded target's simulator is asked
_QUESTIONS_SIMULATED, _QUESTIONS_REAL = 45, 5  # the first 5 of 45 fall into the ramp of `make load`


class LlmProbe:
    """Each provider that has a model named and a key."""

    name = "providers"

    def __init__(self, settings: Settings, duration: float, notes: Notes) -> None:
        self._settings, self._duration, self._notes = settings, duration, notes
        self._clients: dict[str, Client] = {}
        self._left: dict[str, int] = {}
        self._cold: dict[str, float] = {}
        self._not_before: dict[str, float] = {}
        self._tokens = {name: [0, 0] for name in CLIENTS}

    def open(self) -> dict[str, Any]:
        """Clients, and the first question of each: on cold connections, a line of its own. Raises ProbeError."""
        reasons, facts = [], {}
        for name, make in CLIENTS.items():
            chosen = self._settings.providers.get(name, {})
            key = SIMULATED if chosen.get("simulated") else os.environ.get(KEYS[name], "")
            if not key or not chosen.get("model"):
                reasons.append(f"{KEYS[name]} is not set" if not key else f"no model named: --model {name}=NAME")
                continue
            client = make(chosen.get("base_url", ""), key, chosen["model"])
            try:
                facts[name] = {"model": chosen["model"], "simulated": bool(chosen.get("simulated"))} | self._first(
                    client
                )
            except ProviderFailure as failure:
                facts[name] = {"model": chosen["model"], "failed": str(failure)}
            self._clients[name] = client
            self._left[name] = _QUESTIONS_SIMULATED if chosen.get("simulated") else _QUESTIONS_REAL
        if not self._clients:
            raise ProbeError("no provider is timed alone: " + "; ".join(reasons))
        return facts

    @staticmethod
    def _first(client: Client) -> dict[str, float]:
        reply = ask(client)
        return {
            "cold_first_byte_ms": round((reply.first_byte or 0.0) * 1000, 2),
            "cold_total_ms": round(reply.total * 1000, 1),
        }

    def tasks(self) -> list[Task]:
        """One a provider, spread over the run."""

        def task(name: str) -> Task:
            every = max(self._duration / self._left[name], 0.2)
            return Task(every, lambda due: self._ask(name, due))

        return [task(name) for name in self._clients]

    def _ask(self, name: str, due: float) -> None:
        if self._left[name] <= 0 or time.time() < self._not_before.get(name, 0.0):
            return
        self._left[name] -= 1
        timed, start, began = self._notes.timed, time.time(), time.perf_counter()
        try:
            reply = ask(self._clients[name])
        except ProviderFailure as failure:
            self._not_before[name] = time.time() + failure.wait
            timed(f"{name} first byte", (time.perf_counter() - began) * 1000, start, str(failure))
            return
        timed(f"{name} first byte", (reply.first_byte or 0.0) * 1000, start)
        timed(f"{name} first text", (reply.first_text or 0.0) * 1000, start)
        timed(f"{name} reply", reply.total * 1000, start)
        for gap in reply.gaps:
            timed(f"{name} gap", gap * 1000, start)
        self._tokens[name][0] += reply.tokens_in
        self._tokens[name][1] += reply.tokens_out

    def close(self) -> dict[str, Any]:
        """Tokens of the run by provider."""
        return {
            name: {"tokens_in": self._tokens[name][0], "tokens_out": self._tokens[name][1]} for name in self._clients
        }

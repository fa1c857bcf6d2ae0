"""The servers below, asked through the probes of a load run, one call at a time; each opened by the first test that asks."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from reznet_load.core.run import RunInfo
from reznet_load.core.settings import KEYS, Settings
from reznet_load.probes import llm
from reznet_load.probes.postgres import PostgresProbe
from reznet_load.probes.probe import ProbeError
from reznet_load.probes.redis import RedisProbe
from reznet_load.suite.record import Record


class Unreachable(Exception):
    """A server that cannot be asked; its text is the reason for the reader."""


class Servers:
    """PostgreSQL, Redis, and each provider."""

    def __init__(self, settings: Settings, info: RunInfo, record: Record, folder: Path) -> None:
        self._settings, self._info, self._record, self._folder = settings, info, record, folder
        self._open: dict[str, Any] = {}
        self._facts: dict[str, Any] = {"has": [], "lacks": {}, "before": {}, "after": {}, "lost": {}}

    def postgres(self) -> PostgresProbe:
        """Raises Unreachable."""
        if not self._settings.database_url:
            raise Unreachable("no DATABASE_URL was given")
        return self._opened("postgres", lambda: PostgresProbe(self._settings.database_url, self._record))

    def redis(self) -> RedisProbe:
        """Raises Unreachable."""
        if not self._settings.redis_url:
            raise Unreachable("no REDIS_URL was given")
        return self._opened("redis", lambda: RedisProbe(self._settings, self._record, self._info.dialect))

    def provider(self, name: str) -> Callable[[float], None]:
        """What asks the provider `name` one question. Raises Unreachable."""
        chosen = self._settings.providers.get(name, {})
        if not chosen.get("simulated") and not os.environ.get(KEYS[name]):
            raise Unreachable(f"{KEYS[name]} is not set")
        if not chosen.get("model"):
            raise Unreachable(f"no model named: --model {name}=NAME")
        own = replace(self._settings, providers={name: chosen}, networks=())
        probe = self._opened(
            f"providers {name}", lambda: llm.LlmProbe(own, lambda: self._info, self._record, self._folder)
        )
        return probe.question(name)

    def _opened(self, key: str, make: Callable[[], Any]) -> Any:
        """A probe is opened once; one that cannot be is a fact of the run."""
        need = key.split(" ")[0]
        if key not in self._open:
            try:
                probe = make()
                self._facts["before"].setdefault(need, {}).update(probe.open())
            except ProbeError as error:
                self._facts["lacks"][need] = str(error)
                raise Unreachable(str(error)) from None
            self._open[key] = probe
            self._facts["has"].append(need)
        return self._open[key]

    def close(self) -> dict[str, Any]:
        """What the probes found before and after, in the form of a load run's."""
        for key, probe in self._open.items():
            need = key.split(" ")[0]
            try:
                self._facts["after"].setdefault(need, {}).update(probe.close())
            except ProbeError as error:
                self._facts["lost"][need] = str(error)
        return self._facts

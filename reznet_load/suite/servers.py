"""Calls the servers behind the backend through the probes of a load run; the first test that needs one opens it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reznet_load.core.run import RunInfo
from reznet_load.core.settings.settings import KEYS, Settings
from reznet_load.dialects.every import by_name
from reznet_load.probes.probe import Probe, ProbeError
from reznet_load.probes.reznet.postgres import RezNetPostgres
from reznet_load.probes.reznet.redis import RezNetRedis
from reznet_load.suite.record import Record
from reznet_load.suite.suite_spending import SuiteSpending

if TYPE_CHECKING:  # importing it loads the SDKs, which takes 2.5 s
    from reznet_load.suite.provider import Provider


class Unreachable(Exception):
    """A server that cannot be called; the text is the reason for the reader."""


class Servers:
    """PostgreSQL, Redis, and each provider."""

    def __init__(self, settings: Settings, info: RunInfo, record: Record, spending: SuiteSpending) -> None:
        self._settings = settings
        self._info = info
        self._record = record
        self._spending = spending
        self._open: dict[str, Probe] = {}
        self._providers: dict[str, Provider] = {}
        self._facts: dict[str, Any] = {"has": [], "lacks": {}, "before": {}, "after": {}, "lost": {}}

    def postgres(self) -> RezNetPostgres:
        """The PostgreSQL probe. Raises Unreachable."""
        if not self._settings.database_url:
            raise Unreachable("no DATABASE_URL was given")
        return self._opened("postgres", lambda: RezNetPostgres(self._settings.database_url, self._record))

    def redis(self) -> RezNetRedis:
        """The Redis probe. Raises Unreachable."""
        if not self._settings.redis_url:
            raise Unreachable("no REDIS_URL was given")
        return self._opened(
            "redis",
            lambda: RezNetRedis(
                self._settings, self._record, by_name(self._info.deployment.dialect, self._info.deployment.moved)
            ),
        )

    def provider(self, name: str) -> Provider:
        """A provider; its first question, on a cold connection, is asked here. Raises Unreachable."""
        chosen = self._settings.providers.get(name, {})
        key = KEYS[name]
        secret = "" if chosen.get("simulated") else os.environ.get(key, "")
        if not secret and not chosen.get("simulated"):
            raise Unreachable(f"{key} is not set")
        if not chosen.get("model"):
            raise Unreachable(f"no model named: --model {name}=NAME")
        if name not in self._providers:
            from reznet_load.suite.provider import Provider

            self._providers[name] = made = Provider(name, chosen, secret, self._record, self._spending)
            self._facts["before"].setdefault("providers", {})[name] = made.cold
            self._has("providers")
        return self._providers[name]

    def _has(self, need: str) -> None:
        if need not in self._facts["has"]:
            self._facts["has"].append(need)

    def _opened(self, need: str, make: Callable[[], Any]) -> Any:
        """Open a probe once; if that fails, the reason is recorded in the run."""
        if need not in self._open:
            try:
                probe = make()
                self._facts["before"][need] = probe.open()
            except ProbeError as error:
                self._facts["lacks"][need] = str(error)
                raise Unreachable(str(error)) from None
            self._open[need] = probe
            self._has(need)
        return self._open[need]

    def close(self) -> dict[str, Any]:
        """Close all; returns what the probes found before and after, in the same form as in a load run."""
        for need, probe in self._open.items():
            try:
                self._facts["after"][need] = probe.close()
            except ProbeError as error:
                self._facts["lost"][need] = str(error)
        if self._providers:
            self._facts["after"]["providers"] = {name: one.close() for name, one in self._providers.items()}
        return self._facts

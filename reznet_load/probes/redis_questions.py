"""Commands to Redis whose failures become probe errors; it connects at the first command."""

from __future__ import annotations

from typing import Any

import redis

from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.secrets import mask_text
from reznet_load.deployment.redis_servers import RedisServers, open_redis
from reznet_load.deployment.tls import tls_remedy
from reznet_load.probes.probe import ProbeError, ProbeRefused, ProbeTimeout
from reznet_load.probes.redis_info import CacheCounters, counted


class RedisQuestions:
    """One connection to each node of the settings' Redis."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: RedisServers | None = None

    @property
    def servers(self) -> RedisServers:
        """The servers, connected at the first command. Raises ProbeError."""
        if self._open is None:
            try:
                self._open = open_redis(self._settings, "reznet-load-probe")
            except (redis.RedisError, ValueError, OSError) as error:
                secure = self._settings.redis_url.startswith("rediss:")
                remedy = tls_remedy(error, bool(self._settings.cert)) if secure else ""
                raise ProbeError(f"REDIS_URL: {plain(error)}{remedy}") from None
        return self._open

    def ask(self, *command: Any, of: redis.Redis | None = None) -> Any:
        """The answer to `command` from one node, or from the one with its key. Raises ProbeError."""
        servers = self.servers
        try:
            return (of or servers.client).execute_command(*command)
        except redis.TimeoutError as error:
            raise ProbeTimeout(f"REDIS_URL: {plain(error)}") from None
        except redis.ResponseError as error:
            raise ProbeRefused(f"Redis refused a probe's {command[0]}: {plain(error)}") from None
        except redis.RedisError as error:
            raise ProbeError(f"REDIS_URL: {plain(error)}") from None

    def counters(self) -> CacheCounters:
        """INFO of every node, summed. Raises ProbeError."""
        servers = self.servers
        infos = [self.ask("INFO", of=node) for node in servers.nodes()]
        if not servers.is_cluster:
            return counted(infos, infos)
        return counted(infos, [info for info in infos if info.get("role", "master") == "master"])


def plain(error: Exception) -> str:
    """The driver's own message, without passwords, as a part of a sentence: some end with a full stop."""
    return mask_text(str(error))[:200].rstrip(".")

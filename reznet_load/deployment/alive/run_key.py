"""A run shows that it is on by a key in Redis, which the server deletes 30 s after the last renewal.

Cost: one SET every 10 s, and one MEMORY USAGE per check by another run: neither changes the counters of hits and
misses.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import redis
from redis.exceptions import NoPermissionError

from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.foreign_text import safe
from reznet_load.deployment.alive.sign import CannotShowError, LifeSign
from reznet_load.deployment.redis_servers import RedisServers, open_redis

LIFE_SECONDS = 30
_NAME = "reznet-load"
_RIGHTS = "the account needs +set, +info, +memory|usage or +exists, and the keys reznet-load:*"


def key_of(run: str) -> str:
    """The key of the run that puts `run` into its channels' names."""
    return f"reznet-load:run:{run}"


class RunKey:
    """The key of this run. Raises CannotShowError if this Redis, or this account, does not allow it."""

    def __init__(self, settings: Settings, run: str) -> None:
        self._key = key_of(run)
        self._servers = _opened(settings)
        try:
            self.sign = LifeSign("redis", _where(self._servers, self._key))
            self.renew()
            if not _there(self._servers, self._key):
                raise CannotShowError("the key was set and cannot be read back")
        except CannotShowError:
            self.close()
            raise
        except (redis.RedisError, OSError) as error:
            self.close()
            raise CannotShowError(f"{safe(error, 160)}; {_RIGHTS}") from None

    def renew(self) -> None:
        """Renew it for LIFE_SECONDS by the server's clock. Raises redis.RedisError."""
        self._servers.client.set(self._key, "1", ex=LIFE_SECONDS)

    def close(self) -> None:
        """Close the connection; the key stays until it expires, because the run's channels must still be removed."""
        self._servers.close()


def forget(settings: Settings, run: str) -> None:
    """Remove the key of a run that is over. Never raises, because the key expires anyway."""
    with suppress(CannotShowError, redis.RedisError, OSError):
        servers = _opened(settings)
        try:
            servers.client.delete(key_of(run))
        finally:
            servers.close()


class RunKeys:
    """Keys of other runs, on the Redis of the settings. Raises CannotShowError."""

    def __init__(self, settings: Settings) -> None:
        self._servers = _opened(settings)

    def is_on(self, run: str, sign: LifeSign) -> bool | None:
        """Does the run's key exist? None if this is not the server that the sign names. Raises redis.RedisError."""
        try:
            here = _where(self._servers, key_of(run))
        except CannotShowError:
            return None
        return _there(self._servers, key_of(run)) if here == sign.where else None

    def close(self) -> None:
        """Close the connection."""
        self._servers.close()


def _opened(settings: Settings) -> RedisServers:
    try:
        return open_redis(settings, _NAME)
    except (redis.RedisError, ValueError, OSError) as error:
        raise CannotShowError(safe(error, 160)) from None


def _there(servers: RedisServers, key: str) -> bool:
    """Does the key exist? Uses MEMORY USAGE, which unlike EXISTS and TTL changes neither its age nor the hit counters."""
    try:
        return servers.client.memory_usage(key) is not None
    except NoPermissionError:  # costs one read in the counters of a run that is on
        return bool(servers.client.exists(key))


def _where(servers: RedisServers, key: str) -> str:
    """The server's run id, and the number of the database. Raises CannotShowError, redis.RedisError."""
    if servers.unmapped:
        raise CannotShowError(servers.unmapped)
    client: Any = servers.client
    database = 0
    if servers.is_cluster:
        client = client.get_redis_connection(client.get_node_from_key(key))
    else:
        database = int(client.connection_pool.connection_kwargs.get("db") or 0)
    found = str(client.info("server").get("run_id", ""))
    if not found.isalnum():
        raise CannotShowError("INFO has no run_id: two servers cannot be distinguished")
    return f"{found[:16]}.{database}"

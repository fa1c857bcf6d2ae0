"""A deployment's Redis: one server or a cluster, queried by an account that may have few rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError, RedisClusterException
from redis.retry import Retry

from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.addresses import why_not

TIMEOUT_SECONDS = 5
_MAP_RIGHTS = "+cluster|slots and +command"


@dataclass(frozen=True, slots=True)
class RedisServers:
    """`client` answers for keys, wherever they are. `unmapped`: why the other nodes of a cluster are not known, or
    empty.
    """

    client: Any
    unmapped: str = ""

    @property
    def is_cluster(self) -> bool:
        """Are there several nodes, all of them known?"""
        return isinstance(self.client, redis.RedisCluster)

    def nodes(self) -> list[redis.Redis]:
        """A client for each node, replicas too."""
        if not self.is_cluster:
            return [self.client]
        return [self.client.get_redis_connection(node) for node in self.client.get_nodes()]

    def primaries(self) -> list[redis.Redis]:
        """A client for each node that has keys of its own."""
        if not self.is_cluster:
            return [self.client]
        return [self.client.get_redis_connection(node) for node in self.client.get_primaries()]

    def close(self) -> None:
        """Close all connections."""
        self.client.close()

    def __enter__(self) -> RedisServers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class HostNotAllowedError(redis.RedisError):
    """A node is announced at a host that must not be contacted."""


def _pool_of(settings: Settings) -> type[redis.ConnectionPool]:
    """The class of connection pools for cluster nodes, which is used for each node that the cluster names, also by
    MOVED.
    """
    own = urlsplit(settings.redis_url).hostname

    class AllowedPool(redis.ConnectionPool):
        def __init__(self, *given: Any, **named: Any) -> None:
            host = str(named.get("host") or own)
            if host != own and (why := why_not(settings, host)):
                raise HostNotAllowedError(f"a node of this cluster is not contacted: {why}")
            super().__init__(*given, **named)

    return AllowedPool


def open_redis(settings: Settings, name: str) -> RedisServers:
    """Connect to REDIS_URL as client `name`, if this account may set its name. Raises redis.RedisError, ValueError.

    The URL's own query parameters for certificates and time-outs are kept.
    """
    options = _options(settings) | {"client_name": name}
    client = redis.Redis.from_url(settings.redis_url, **options)
    try:
        mode = _mode(client)
    except NoPermissionError:  # of CLIENT SETNAME, which is part of connecting
        client.close()
        del options["client_name"]
        client = redis.Redis.from_url(settings.redis_url, **options)
        mode = _mode(client)
    if mode != "cluster":
        return RedisServers(client)
    try:
        cluster = redis.RedisCluster.from_url(
            settings.redis_url,
            retry=Retry(NoBackoff(), 1),
            connection_pool_class=_pool_of(settings),
            **options,
        )
    except HostNotAllowedError as error:
        return RedisServers(client, f"the nodes of this cluster are not all known: {error}")
    except (RedisClusterException, redis.ResponseError) as error:
        return RedisServers(
            client, f"the nodes of this cluster are not known ({error}); the account needs {_MAP_RIGHTS}"
        )
    client.close()
    return RedisServers(cluster)


def _options(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {
        "decode_responses": True,
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
    }
    if settings.redis_url.startswith("rediss:"):
        if settings.ca:
            options["ssl_ca_certs"] = settings.ca
        if settings.cert:
            options |= {"ssl_certfile": settings.cert, "ssl_keyfile": settings.key or settings.cert}
        if settings.insecure:
            options |= {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
    return options


def _mode(client: redis.Redis) -> str:
    """`cluster`, or another mode that the server reports. HELLO is the only command that no account can be denied."""
    try:
        said = client.execute_command("HELLO")
    except NoPermissionError:
        raise
    except redis.ResponseError:  # before Redis 6
        try:
            return str(client.info("server").get("redis_mode", ""))
        except redis.ResponseError:
            return ""
    if not isinstance(said, dict):
        said = dict(zip(said[::2], said[1::2], strict=False))
    return str(said.get("mode", ""))

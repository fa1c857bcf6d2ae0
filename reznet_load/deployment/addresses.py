"""May this host be contacted? This module alone decides, for users, set-up, probes, sockets and providers."""

from __future__ import annotations

import ipaddress
import os
import socket
from urllib.parse import urljoin, urlsplit

from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.addresses import HOST, PAGE, POSTGRES, PROXY, REDIS, check_address, plain_name


def check_host(settings: Settings) -> None:
    """Raises ConfigError if the host must not be loaded: allowed are loopback, private addresses, and `--allow-host`.

    Raises TargetError if its name cannot be resolved.
    """
    _check_proxy(settings)
    given = "$HOST" if settings.host and settings.host == os.environ.get("HOST", "").rstrip("/") else "HOST"
    check_address(settings.host, given, HOST)
    parts = urlsplit(settings.host)
    name = parts.hostname or ""
    if name in settings.allow_host:
        return
    try:
        public = _public_addresses(name)
    except (OSError, UnicodeError) as error:  # UnicodeError: not a valid DNS name
        hint = (
            f"if only the proxy knows it, add --allow-host {name}"
            if settings.proxy and name.isascii()
            else "check the name"
        )
        why = getattr(error, "strerror", None) or "no such name"
        raise TargetError(f"{given}: {plain_name(name)} is not known here ({why}); {hint}") from None
    if public:
        raise ConfigError(
            f"{given}: {plain_name(name)} is {', '.join(public)}, neither loopback nor private; "
            f"if you are allowed to load it, add --allow-host {name if name.isascii() else 'NAME'}"
        )


def _public_addresses(name: str) -> list[str]:
    """The addresses of `name` that are neither loopback nor private. Raises OSError, UnicodeError."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    addresses = {ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found}
    return sorted(str(a) for a in addresses if not (a.is_loopback or a.is_private or a.is_link_local))


def why_not(settings: Settings, name: str) -> str:
    """Why a host that a server of the deployment announces is not contacted; "" if it may be.

    The rule is that of `check_host`: loopback, private, or named by `--allow-host`.
    """
    if name in settings.allow_host:
        return ""
    try:
        public = _public_addresses(name)
    except (OSError, UnicodeError):
        return f"{plain_name(name)} is not known here"
    shown = name if plain_name(name) != "the host" else "NAME"
    return f"{plain_name(name)} is neither loopback nor private; allow it with --allow-host {shown}" if public else ""


def check_urls(settings: Settings) -> None:
    """Are DATABASE_URL, REDIS_URL and the addresses of options well formed? Whether they answer is seen later.

    Raises ConfigError.
    """
    _check_proxy(settings)
    if settings.provider_url:
        check_address(settings.provider_url, "--provider-url", HOST)
        if why := why_not(settings, urlsplit(settings.provider_url).hostname or ""):
            raise ConfigError(f"--provider-url: {why}")
    if settings.prometheus:
        check_address(settings.prometheus, "--prometheus", PAGE)
    if settings.database_url:
        _check_database(settings.database_url)
    if settings.redis_url:
        import redis

        check_address(settings.redis_url, "REDIS_URL", REDIS)
        try:
            redis.Redis.from_url(settings.redis_url).close()
        except (ValueError, TypeError):
            raise ConfigError(
                "REDIS_URL: its path or query is not understood; expected a URL like redis://:password@host:6379/0"
            ) from None


def _check_proxy(settings: Settings) -> None:
    if settings.proxy:
        check_address(settings.proxy, "--proxy", PROXY)


def _check_database(text: str) -> None:
    """Check a URL, or a libpq string (`host=… dbname=…`)."""
    import psycopg

    if "://" in text or "=" not in text:
        check_address(text, "DATABASE_URL", POSTGRES)
    try:
        psycopg.conninfo.conninfo_to_dict(text)
    except (psycopg.Error, UnicodeError):
        raise ConfigError(
            "DATABASE_URL: libpq does not understand it: a name in its query is unknown, or a value of `name=value` is not "
            "in quotes; expected a URL like postgresql://user:password@host:5432/name"
        ) from None


def elsewhere(host: str, path: str, location: str) -> bool:
    """Does a redirect of `path` lead away from `host`?"""
    try:
        to = urljoin(host + path, location)
    except ValueError:
        return True
    return origin(to) != origin(host)


def origin(url: str) -> tuple[str, str, int | None]:
    """(scheme, host, port) of `url`, with the default port filled in."""
    try:
        parts = urlsplit(url)
        return parts.scheme, (parts.hostname or "").lower(), parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", "", None

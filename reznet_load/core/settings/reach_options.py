"""How a deployment is reached and who asks: the options that a run and a single question share."""

from __future__ import annotations

import argparse
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.accounts import check_pair, parse_object


def add(group: argparse._ActionsContainer) -> None:
    """Add them to `group`, or to a parser."""
    group.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host on the public internet that may be loaded",
    )
    group.add_argument(
        "--header", action="append", default=[], metavar="NAME:VALUE", help="sent with every request and handshake"
    )
    group.add_argument(
        "--cookie", action="append", default=[], metavar="NAME=VALUE", help="sent with every request and handshake"
    )
    group.add_argument(
        "--socket-auth",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="part of the auth object of the Socket.IO connect; or that object as JSON",
    )
    group.add_argument("--socket-path", default="/socket.io/", help="path of Socket.IO (default /socket.io/)")
    group.add_argument(
        "--proxy",
        default="",
        metavar="URL",
        help="an HTTP proxy in front of the deployment (CONNECT); $http_proxy and the like are not used for it",
    )
    group.add_argument("--ca", default="", metavar="FILE", help="certificates to trust in addition to the system's")
    group.add_argument(
        "--cert", default="", metavar="FILE", help="client certificate (PEM), also for Redis and --prometheus"
    )
    group.add_argument("--key", default="", metavar="FILE", help="private key of --cert, if that file does not hold it")
    group.add_argument("--insecure", action="store_true", help="do not verify certificates; a report says so")


def chosen(options: Any) -> dict[str, Any]:
    """The fields of Settings that they set. Raises ConfigError."""
    return {
        "headers": _pairs(options.header, ":", "--header"),
        "cookies": _pairs(options.cookie, "=", "--cookie"),
        "socket_auth": _auth(options.socket_auth),
        "allow_host": tuple(options.allow_host),
    } | {name: getattr(options, name) for name in ("socket_path", "proxy", "ca", "cert", "key", "insecure")}


def _auth(items: list[str]) -> dict[str, Any]:
    """One auth object from NAME=VALUE items or JSON objects."""
    auth: dict[str, Any] = {}
    for item in items:
        given = item.lstrip().startswith(("{", "["))
        auth |= parse_object(item, "--socket-auth") if given else _pairs([item], "=", "--socket-auth")
    return auth


def _pairs(items: list[str], separator: str, where: str) -> dict[str, str]:
    """The `NAME<separator>VALUE` items as a dict. Raises ConfigError naming the option `where`."""
    pairs = {}
    for item in items:
        name, found, value = item.partition(separator)
        if not found:
            raise ConfigError(
                f"{where}: expected NAME{separator}VALUE, read something else (not shown: it may be secret)"
            )
        check_pair(name.strip(), value, where)
        pairs[name.strip()] = value.strip()
    return pairs

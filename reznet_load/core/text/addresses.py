"""Checks addresses that a user gives. A malformed one is described and never quoted.

A character that should be percent-encoded shifts the borders between password, host and path. What a library then calls
the host or the port may be part of the password, so a library's message about an address is not shown either.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from reznet_load.core.errors import ConfigError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODE = "percent-encode special characters in it (@ as %40, / as %2F, # as %23, ? as %3F, % as %25)"


@dataclass(frozen=True, slots=True)
class Form:
    """What an address of one kind looks like: its schemes, an example, and whether it may contain user and password."""

    schemes: tuple[str, ...]
    example: str
    credentials: bool = False
    query: bool = False
    many_hosts: bool = False


HOST = Form(("http", "https"), "http://127.0.0.1:8000 or http://[::1]:8000")
PAGE = Form(("http", "https"), "http://10.0.0.5:8000/metrics", query=True)
PROXY = Form(("http",), "http://127.0.0.1:3128 or http://user:password@proxy:3128", True)
BASE_URL = Form(("http", "https"), "http://127.0.0.1:8080 or https://host/v1")
POSTGRES = Form(("postgresql", "postgres"), "postgresql://user:password@host:5432/name", True, True, True)
REDIS = Form(("redis", "rediss", "unix"), "redis://:password@host:6379/0", True, True)


def check_address(text: str, name: str, form: Form) -> None:
    """Raises ConfigError that says which part of the address `name` is wrong, without quoting any of it."""
    if problem := _problem(text, form):
        raise ConfigError(f"{name}: {problem}; expected a URL like {form.example}")


def without_driver(text: str) -> str:
    """A database address without the driver in SQLAlchemy's schemes: `postgresql+asyncpg://` and others."""
    return re.sub(r"^(postgres(?:ql)?)\+[A-Za-z0-9_]+://", r"\1://", text)


def is_near(url: str) -> bool:
    """Is `url` on this machine or its private network, judged by the host name alone? False for an empty one."""
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith((".localhost", ".local", ".internal"))
    return address.is_loopback or address.is_private or address.is_link_local


def plain_name(host: str | None) -> str:
    """`host` as it may be shown in a message: a plain ASCII name or address, else `the host`, because it may be a
    secret.
    """
    return (
        repr(host)
        if host and len(host) <= 253 and (_NAME.fullmatch(host) or ":" in host) and host.isascii()
        else "the host"
    )


def _problem(text: str, form: Form) -> str:
    if any(one.isspace() or not one.isprintable() for one in text):
        return "it contains a space or a control character"
    found = _SCHEME.fullmatch(text)
    if found is None:
        return "it does not begin with a scheme and ://"
    scheme, rest = found[1].lower(), found[2]
    if scheme not in form.schemes:
        return f"its scheme is not one of {', '.join(form.schemes)}"
    authority, after = re.match(r"([^/?#]*)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]  # matches anything
    if authority.count("@") > 1 or ("@" in after.partition("?")[0] and scheme != "unix"):
        return f"user and password cannot be separated from the host; {_ENCODE}"
    if "#" in after:
        return f"it has a fragment (#), which has no meaning here; if the # belongs to the password, {_ENCODE}"
    if _BAD_PERCENT.search(authority if form.credentials else authority.rpartition("@")[2]):
        return f"a % is not followed by two hexadecimal digits; {_ENCODE}"
    user, at, hosts = authority.rpartition("@")
    if at and not form.credentials:
        return "it must not contain a user or password" + (
            "; give --header 'Authorization: Basic …' (base64 of user:password)" if form is HOST else ""
        )
    if at and user.count(":") > 1:
        return f"there is more than one : before the @; {_ENCODE} (: as %3A)"
    if "?" in after and not form.query:
        return "it must not contain a query (?)"
    return "" if scheme == "unix" else _host_problem(hosts, form)


def _host_problem(hosts: str, form: Form) -> str:
    if not hosts:
        return "" if form.many_hosts else "it has no host"
    for host in hosts.split(",") if form.many_hosts else [hosts]:
        try:
            parts = urlsplit(f"//{host}")
            name, port = unquote(parts.hostname or ""), parts.port
        except ValueError:
            return (
                f"its port is not a number from 1 to 65535, or a bracket is not closed; if that belongs to the password, "
                f"{_ENCODE}"
            )
        if port == 0:
            return "its port is 0"
        if form.many_hosts and (not name or name.startswith("/")):
            continue  # libpq: a local socket
        if ":" in name:
            continue  # an IPv6 address in brackets, checked by urlsplit
        try:
            known = _NAME.fullmatch(name.encode("idna").decode())
        except UnicodeError:
            known = None
        if known is None:
            return "its host has characters that a host name cannot have"
    return ""

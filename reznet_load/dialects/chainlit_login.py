"""How an account signs in to a Chainlit: a form, or headers that a proxy would add; what it gets is a cookie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from reznet_load.chat.dialect import Request
from reznet_load.core.errors import ConfigError
from reznet_load.dialects.common import Access, Call

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_BY_PASSWORD = 'give --accounts FILE with lines like {"username": "…", "password": "…"}'
_ELSEWHERE = "it signs in by OAuth alone: give --cookie access_token=…"


def login(account: Mapping[str, Any], call: Call) -> Access:
    """The cookies of an account; {} where no login is required. Raises ConfigError where the account lacks what is wanted."""
    ways = call(Request("GET", "/auth/config")).body or {}
    if not ways.get("requireLogin"):
        return {}
    if ways.get("passwordAuth") and account.get("password"):
        form = urlencode({name: account[name] for name in ("username", "password")}).encode()
        return {"cookies": call(Request("POST", "/login", form, _FORM)).cookies}
    if ways.get("headerAuth"):
        return {"cookies": call(Request("POST", "/auth/header", b"")).cookies}
    raise ConfigError(f"Chainlit requires a login; {_BY_PASSWORD if ways.get('passwordAuth') else _ELSEWHERE}")

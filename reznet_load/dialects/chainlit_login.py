"""How a Chainlit is recognised, and how an account signs in to it, by a form or by headers of a proxy: what it gets is a cookie."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from reznet_load.chat.dialect import Request
from reznet_load.core.errors import ConfigError
from reznet_load.dialects.common import Access, Backend, Call, Get

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_BY_PASSWORD = 'give --accounts FILE with lines like {"username": "…", "password": "…"}'
_ELSEWHERE = "it signs in by OAuth alone: give --cookie access_token=…"


@dataclass(frozen=True)
class ChainlitLogin(Backend):
    """The calls before a conversation, and the object of the socket's connect."""

    def recognised(self, get: Get) -> bool:
        """Unknown paths answer a page: the JSON decides."""
        _, body = get("/auth/config")
        return isinstance(body, dict) and "requireLogin" in body

    def auth(self, key: str) -> dict[str, str]:
        """Of the Socket.IO connect. A socket that was lost resumes its session."""
        return self.anew({"clientType": "webapp", "threadId": "", "userEnv": "{}", "chatProfile": ""})

    def anew(self, auth: dict[str, str]) -> dict[str, str]:
        """A session of its own, which holds the conversation; one that is used twice silences the first."""
        return auth | {"sessionId": str(uuid.uuid4())}

    def sign_in(self, account: Mapping[str, Any], call: Call) -> Access:
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

"""How Chainlit is recognised, and how an account signs in: by password or by a proxy's headers. Both give a cookie."""

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
_ELSEWHERE = "it accepts only OAuth, so give --cookie access_token=…"


@dataclass(frozen=True)
class ChainlitLogin(Backend):
    """The calls before a conversation, and the object sent with the socket's connect."""

    def recognised(self, get: Get) -> bool:
        """`/auth/config` answers JSON with `requireLogin`. The status is no evidence: unknown paths answer 200 and a page."""
        _, body = get("/auth/config")
        return isinstance(body, dict) and "requireLogin" in body

    def auth(self, key: str) -> dict[str, str]:
        """The object of the Socket.IO connect, with a new session. A user whose socket is lost resumes that session."""
        return self.new_session({"clientType": "webapp", "threadId": "", "userEnv": "{}", "chatProfile": ""})

    def new_session(self, auth: dict[str, str]) -> dict[str, str]:
        """`auth` with a new session, which holds the conversation. Two sockets must not share one: the first gets no events."""
        return auth | {"sessionId": str(uuid.uuid4())}

    def sign_in(self, account: Mapping[str, Any], call: Call) -> Access:
        """The cookies of `account`; {} if the server requires no login.

        Raises ConfigError if the server requires a login for which the account has no password and no headers are accepted.
        """
        ways = call(Request("GET", "/auth/config")).body or {}
        if not ways.get("requireLogin"):
            return {}
        if ways.get("passwordAuth") and account.get("password"):
            form = urlencode({name: account[name] for name in ("username", "password")}).encode()
            return {"cookies": call(Request("POST", "/login", form, _FORM)).cookies}
        if ways.get("headerAuth"):
            return {"cookies": call(Request("POST", "/auth/header", b"")).cookies}
        raise ConfigError(f"Chainlit requires a login; {_BY_PASSWORD if ways.get('passwordAuth') else _ELSEWHERE}")

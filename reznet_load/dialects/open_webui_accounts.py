"""How an Open WebUI is recognised, how its accounts sign in, and how an administrator makes and removes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reznet_load.chat.dialect import Request
from reznet_load.core.errors import ConfigError
from reznet_load.dialects.common import Access, Backend, Call, Get


@dataclass(frozen=True)
class OpenWebUiAccounts(Backend):
    """The calls of `/api/v1/auths` and `/api/v1/users`."""

    def recognised(self, get: Get) -> bool:
        """`/api/config` says its version and how one signs in."""
        _, body = get("/api/config")
        return isinstance(body, dict) and "version" in body and bool({"onboarding", "name", "oauth"} & body.keys())

    def auth(self, key: str) -> dict[str, str]:
        """Of the Socket.IO connect: a wrong token is accepted, and then nothing is ever heard."""
        return {"token": key}

    def sign_in(self, account: Mapping[str, Any], call: Call) -> Access:
        """A token, for questions and for the socket."""
        if not account.get("password"):
            return {}
        asked = {"email": account["username"], "password": account["password"]}
        token = (call(Request("POST", "/api/v1/auths/signin", asked)).body or {}).get("token")
        if not token:
            raise ConfigError(f"--accounts: {account['username']} got no token; does its sign-in want a second factor?")
        return {"headers": self.access(token), "socket_auth": self.auth(token)}

    def new_account(self, username: str, password: str) -> Request:
        """The first account that a server ever had may make others."""
        new = {"name": username.partition("@")[0], "email": username, "password": password, "role": "user"}
        return Request("POST", "/api/v1/auths/add", new)

    def removal(self, id: str) -> Request:
        """By its id."""
        return Request("DELETE", f"/api/v1/users/{id}")

"""How Open WebUI is recognised, how accounts sign in, and how an administrator makes and removes accounts."""

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
        """`/api/config` answers with a version and with the ways to sign in."""
        _, body = get("/api/config")
        return isinstance(body, dict) and "version" in body and bool({"onboarding", "name", "oauth"} & body.keys())

    def auth(self, key: str) -> dict[str, str]:
        """The object of the Socket.IO connect. The server accepts a wrong token, but then sends no events."""
        return {"token": key}

    def sign_in(self, account: Mapping[str, Any], call: Call) -> Access:
        """The token of `account`, for questions and for the socket; {} if the account has no password.

        Raises ConfigError if the server gives no token.
        """
        if not account.get("password"):
            return {}
        asked = {"email": account["username"], "password": account["password"]}
        token = (call(Request("POST", "/api/v1/auths/signin", asked)).body or {}).get("token")
        if not token:
            raise ConfigError(
                f"--accounts: Open WebUI gave {account['username']} no token; an account with a second factor cannot be used"
            )
        return {"headers": self.access(token), "socket_auth": self.auth(token)}

    def new_account(self, username: str, password: str) -> Request:
        """The administrator's call that makes an account; the first account of a server is an administrator."""
        new = {"name": username.partition("@")[0], "email": username, "password": password, "role": "user"}
        return Request("POST", "/api/v1/auths/add", new)

    def removal(self, id: str) -> Request:
        """The administrator's call that removes the account `id`."""
        return Request("DELETE", f"/api/v1/users/{id}")

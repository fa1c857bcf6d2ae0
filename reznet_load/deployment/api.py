"""The deployment's REST API for preparing and cleaning up: small, sequential, never part of what is measured."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.secrets import mask_text
from reznet_load.core.settings.settings import Settings

_MOST_BYTES = 8 << 20  # no list the contract knows is larger


def tls_context(settings: Settings) -> ssl.SSLContext:
    """One context for REST and sockets of a process: verified, with `--ca` next to the system's authorities."""
    context = ssl.create_default_context()
    if settings.ca:
        try:
            context.load_verify_locations(cafile=settings.ca)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"--ca {settings.ca}: cannot be read as PEM certificates ({error})") from None
    if settings.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(frozen=True, slots=True)
class Answer:
    """A REST answer. `body` is decoded JSON, None where it is none."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A backend under test answers itself; a redirect would take load and headers to another host."""

    def redirect_request(self, *args: Any) -> None:
        return None


class Api:
    """JSON over HTTP(S) with the settings' headers, cookies and certificates."""

    def __init__(self, settings: Settings, timeout: float = 5.0, account: dict[str, Any] | None = None) -> None:
        self.host = settings.host
        self.timeout = timeout
        self._secrets = settings.secrets()
        account = account or {}
        self.headers = {"Accept": "application/json"} | settings.headers | account.get("headers", {})
        cookies = settings.cookies | account.get("cookies", {})
        if cookies:
            self.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), _NoRedirect()]
        if self.host.startswith("https:"):
            handlers.append(urllib.request.HTTPSHandler(context=tls_context(settings)))
        self._opener = urllib.request.build_opener(*handlers)

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """One call. Raises TargetError, secrets masked, where no HTTP answer came."""
        data = None if body is None else json.dumps(body).encode()
        headers = self.headers | ({"Content-Type": "application/json"} if data else {})
        deadline = time.monotonic() + 2 * self.timeout
        try:
            request = urllib.request.Request(self.host + path, data=data, method=method, headers=headers)
            with self._opener.open(request, timeout=self.timeout) as response:
                return self._answer(response, deadline)
        except urllib.error.HTTPError as error:
            with error:
                return self._answer(error, deadline)
        except (OSError, http.client.HTTPException, ValueError) as error:
            cause = getattr(error, "reason", error)
            text = mask_text(f"{method} {self.host}{path}: {cause}", self._secrets)
            raise TargetError(f"{text}{_remedy(cause)}") from None

    @staticmethod
    def _answer(response: Any, deadline: float) -> Answer:
        raw = b""
        while len(raw) < _MOST_BYTES and (part := response.read1(65_536)):
            raw += part
            if time.monotonic() > deadline:  # bytes keep coming, one by one: no time-out of a read ever sees that
                raise TimeoutError("the answer did not end")
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            body = None
        return Answer(response.status, body, {name.lower(): value for name, value in response.headers.items()})


def _remedy(cause: object) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            "; trust its authority with --ca FILE, or accept any certificate with --insecure (the report will say so)"
        )
    if isinstance(cause, ConnectionRefusedError):
        return "; is the backend running, and is HOST its address?"
    if isinstance(cause, TimeoutError):
        return "; it accepted no connection or gave no answer in time"
    return ""


def check_file(path: str, option: str) -> None:
    """Raises ConfigError where a file the user named cannot be read."""
    if path:
        try:
            Path(path).open("rb").close()
        except OSError as error:
            raise ConfigError(f"{option} {path}: cannot be read ({error.strerror})") from None

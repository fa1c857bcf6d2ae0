"""The deployment's REST API for preparing and cleaning up: a few sequential calls, never part of what is measured."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.failed.failure_kinds import redirected
from reznet_load.core.settings.accounts import read_accounts, without_cookies
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.foreign_text import safe
from reznet_load.core.text.retry_after import seconds_in
from reznet_load.core.text.secrets import mask_text
from reznet_load.deployment.cookies.jar import LightCookieJar
from reznet_load.deployment.http_call import call
from reznet_load.deployment.tls import tls_context, tls_remedy

MOST_WAIT_SECONDS = 60.0  # for repeating one call
_DETAILS = ("detail", "error", "message")  # keys under which backends describe an error


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A REST answer. `body` is decoded JSON, None if it is not JSON."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    @property
    def said(self) -> str:
        """`500: <text of its body>`, or where it redirects to; one short line, safe to show."""
        if 300 <= self.status < 400:
            return redirected(self.status, self.headers.get("location", "")).removeprefix("HTTP ")
        detail = next((self.body[key] for key in _DETAILS if isinstance(self.body, dict) and self.body.get(key)), "")
        return f"{self.status}" + (f": {safe(detail, 200)}" if detail else "")


class Api:
    """JSON over HTTP(S) with the settings' headers, cookies and certificates."""

    def __init__(
        self, settings: Settings, timeout: float = 5.0, account: dict[str, Any] | None = None, patient: bool = False
    ) -> None:
        """`patient`: an answer that asks to try again later (429, 503 with Retry-After) is obeyed, within bounds.

        Without an `account` the calls are those of the first account of `--accounts`: set-up and clean-up need to be
        known to the backend as users do.
        """
        self.host = settings.host
        self.timeout = timeout
        self._proxy = settings.proxy
        self._secrets = settings.secrets()
        self._shows_certificate = bool(settings.cert)
        self._patience = MOST_WAIT_SECONDS if patient else 0.0
        if account is None:
            account = next(iter(read_accounts(settings.accounts)), {})
        headers = {"Accept": "application/json"} | settings.headers | account.get("headers", {})
        self.headers, cookies = without_cookies(headers, settings.cookies | account.get("cookies", {}))
        self.jar = LightCookieJar(cookies, settings.host)
        self._tls = tls_context(settings) if self.host.startswith("https:") else None

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] = MappingProxyType({})
    ) -> HttpAnswer:
        """One call, repeated if the deployment asks for that. Raises TargetError, secrets masked, if no HTTP answer
        came.
        """
        left, attempt = self._patience, 0
        while True:
            answer = self._call(method, path, body, headers)
            wait = _wanted_wait(answer, attempt)
            if not wait or wait > left:
                return answer
            say_once(
                f"{method} {path} answered {answer.status}: the deployment limits its callers; "
                "waiting for the time that it asks for"
            )
            time.sleep(wait)
            left, attempt = left - wait, attempt + 1

    def _call(self, method: str, path: str, body: Any, more: Mapping[str, str]) -> HttpAnswer:
        try:
            url, cookie = self.host + path, self.jar.header(self.host + path)
            headers = self.headers | ({"Cookie": cookie} if cookie else {}) | dict(more)
            found = call(method, url, headers, body, self._tls, self.timeout, proxy=self._proxy)
            self.jar.take(url, found.cookies)
        except (OSError, ValueError) as error:
            text = mask_text(f"{method} {self.host}{path}: {error}", self._secrets)
            raise TargetError(f"{safe(text)}{_remedy(error, self._tls is not None, self._shows_certificate)}") from None
        try:
            decoded = json.loads(found.body)
        except (ValueError, RecursionError):
            decoded = None
        return HttpAnswer(found.status, decoded, found.headers)


def _wanted_wait(answer: HttpAnswer, attempt: int) -> float:
    """Seconds until a refused call may be repeated; 0 if it was not refused, or the answer does not ask for it."""
    asked = answer.headers.get("retry-after", "")
    if answer.status == 429:  # without a given time: 0.5 s, 1 s, 2 s, …
        return max(seconds_in(asked, MOST_WAIT_SECONDS), 0.1) if asked else min(0.5 * 2.0**attempt, 8.0)
    return max(seconds_in(asked, MOST_WAIT_SECONDS), 0.1) if answer.status == 503 and asked else 0.0


_said: set[str] = set()


def say_once(text: str) -> None:
    """Print a line on the console, only once for the same text."""
    if text not in _said:
        _said.add(text)
        print(f"reznet-load: {text}", file=sys.stderr, flush=True)


def _remedy(cause: object, secure: bool, shown: bool) -> str:
    if secure and (remedy := tls_remedy(cause, shown)):
        return remedy
    if not secure and "the connection was closed" in str(cause):
        return "; is it https:// instead, or no web server?"
    if isinstance(cause, ConnectionRefusedError):
        return "; is the backend running, and is HOST its address?"
    if isinstance(cause, TimeoutError):
        return "; it accepted no connection or gave no answer in time"
    return ""


def check_file(path: str, option: str) -> None:
    """Raises ConfigError if a file that the user named cannot be read."""
    if path:
        try:
            Path(path).open("rb").close()
        except OSError as error:
            raise ConfigError(f"{option} {path}: cannot be read ({error.strerror})") from None

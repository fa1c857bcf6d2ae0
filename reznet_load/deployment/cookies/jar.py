"""A user's cookies as a browser keeps them, without cost if there are none."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Mapping, Sequence
from email.message import Message
from http.cookiejar import Cookie, CookieJar
from typing import Any

from reznet_load.deployment.cookies.given import SessionCookies

_SETTING = ("set-cookie", "set-cookie2")
_ATTRIBUTE = re.compile(r"(?i)(expires|max-age|domain|path|secure|httponly|samesite|partitioned|priority)(=|$)")


class LightCookieJar(CookieJar):
    """A CookieJar that does nothing until an answer sets a cookie: the library's took 9 µs per request to find none.

    seeds   given by --cookie and an account. They are sent with every request of this user (to `host`, a URL). If the
            server sets one of these names, the new value replaces the old one for all users with the same given
            cookies. Other cookies are the user's own.
    """

    def __init__(self, seeds: Mapping[str, str] | None = None, host: str = "") -> None:
        super().__init__()
        self.seeds = SessionCookies(seeds or {}, host)
        self._was_set = False

    def set_cookie(self, cookie: Cookie) -> None:
        """Keep `cookie`; from now on requests are checked for cookies to send."""
        if cookie.name in self.seeds:
            self.seeds.renew(cookie.name, cookie.value or "")
            return
        self._was_set = True
        super().set_cookie(cookie)

    def add_cookie_header(self, request: Any) -> None:
        """The cookies that belong to `request`, if there are any."""
        given = self.seeds.header
        if given:
            own = self._own(request.get_full_url()) if self._was_set else ""
            request.add_unredirected_header("Cookie", f"{given}; {own}" if own else given)
        elif self._was_set:
            super().add_cookie_header(request)

    def _own(self, url: str) -> str:
        request = urllib.request.Request(url)
        super().add_cookie_header(request)
        return str(request.get_header("Cookie") or "")

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Keep the cookies that `response` sets. Its headers find names in any case."""
        headers = response.info()
        if any(name in headers for name in _SETTING):
            super().extract_cookies(response, request)

    def header(self, url: str) -> str:
        """The `Cookie` header for a request of `url` by another client: a WebSocket's handshake."""
        request = urllib.request.Request(_http(url))
        self.add_cookie_header(request)
        return str(request.get_header("Cookie") or "")

    def take(self, url: str, cookies: Sequence[str]) -> None:
        """Keep the cookies that the answer to that request set."""
        if cookies:
            self.extract_cookies(_Answer(cookies), urllib.request.Request(_http(url)))


class _Answer:
    """The interface that a CookieJar needs of an answer."""

    def __init__(self, cookies: Sequence[str]) -> None:
        self._message = Message()
        for one in cookies:
            self._message.add_header("Set-Cookie", one)

    def info(self) -> Message:
        return self._message


def apart(joined: str) -> list[str]:
    """Each Set-Cookie of an answer whose client joined them with `; `."""
    cookies: list[str] = []
    for part in joined.split("; "):
        if cookies and (_ATTRIBUTE.match(part) or "=" not in part):
            cookies[-1] += f"; {part}"
        elif part:
            cookies.append(part)
    return cookies


def _http(url: str) -> str:
    """The URL under which cookies of a WebSocket URL are kept."""
    return "http" + url[2:] if url.startswith("ws") else url

"""A server that renews its session and soon invalidates the old one: set-up, users and clean-up share the newest
cookies.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from reznet_load.core.settings.accounts import without_cookies
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.api import Api
from reznet_load.deployment.cookies.jar import LightCookieJar, apart

_GRACE = 0.2  # seconds that a session is good for after it was renewed


@contextmanager
def renewing() -> Iterator[tuple[str, list[str]]]:
    """(address, what Cookie headers came): the session is `s0`, and another after each answer."""
    valid, came = {"s0": float("inf")}, []

    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            came.append(self.headers.get("Cookie", ""))
            sent = dict(part.split("=", 1) for part in came[-1].split("; ") if part)
            good = valid.get(sent.get("session", ""), 0) > time.monotonic()
            self.send_response(200 if good else 401)
            if good:
                fresh = secrets.token_hex(6)
                valid[sent["session"]] = min(valid[sent["session"]], time.monotonic() + _GRACE)
                valid[fresh] = float("inf")
                self.send_header("Set-Cookie", f"session={fresh}; Path=/; HttpOnly")
                self.send_header("Set-Cookie", "sticky=node; Path=/")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", came
    finally:
        server.shutdown()
        server.server_close()


USERS = """
import gevent.monkey
gevent.monkey.patch_all()
import sys, time
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.api import Api
from reznet_load.deployment.cookies.jar import LightCookieJar

host, seeds, statuses = sys.argv[1], {"session": sys.argv[2]}, []
users = []
for _ in range(3):
    user = FastHttpSession(host, EventHook(), None, headers={})
    user.cookiejar = user.client.cookiejar = LightCookieJar(seeds, host)
    users.append(user)
for number in range(6):
    statuses.append(users[number % 3].get("/", name="x").status_code)
    time.sleep(0.25)  # longer than an old session is good for
header = LightCookieJar(seeds, host).header(host.replace("http", "ws") + "/socket.io/")
assert statuses == [200] * 6, statuses
assert header.startswith("session=") and sys.argv[2] not in header, header
"""


@pytest.mark.parametrize("given", ["cookie", "account", "header"])
def test_set_up_users_and_clean_up_share_a_renewed_session(given: str) -> None:
    first = "s0"
    with renewing() as (host, came):
        cookies = {"cookie": {"cookies": {"session": first}}, "header": {"headers": {"Cookie": f"session={first}"}}}
        settings = Settings(host=host, **cookies.get(given, {}))
        account = {"cookies": {"session": first}} if given == "account" else None
        assert Api(settings, account=account).call("GET", "/").ok
        time.sleep(2 * _GRACE)
        assert Api(settings, account=account).call("GET", "/").ok, "another part of the set-up"
        users = subprocess.run([sys.executable, "-c", USERS, host, first], capture_output=True, text=True, timeout=60)
        assert users.returncode == 0, users.stderr
        time.sleep(2 * _GRACE)
        assert Api(settings, account=account).call("GET", "/").ok, "the clean-up, after users in another process"
    assert all(header.count("session=") == 1 for header in came)


def answered(jar: LightCookieJar, url: str, *cookies: str) -> str:
    """The cookies of the request after one whose answer set `cookies`."""
    jar.take(url, cookies)
    return jar.header(url)


def test_other_cookies_of_the_server_belong_to_one_user() -> None:
    url = "http://10.0.0.7:8000/api/agents"
    one, other = LightCookieJar({"session": "mine"}), LightCookieJar({"session": "mine"})
    assert answered(one, url, "sticky=a; Path=/") == "session=mine; sticky=a"
    assert answered(other, url, "sticky=b; Path=/") == "session=mine; sticky=b"
    assert answered(one, url, "sticky=; Path=/; Max-Age=0") == "session=mine"
    assert answered(one, url, "deep=x; Path=/elsewhere") == "session=mine"
    assert LightCookieJar({"session": "another account"}).header(url) == "session=another account"


def test_a_user_without_given_cookies_keeps_the_servers_cookies() -> None:
    jar, url = LightCookieJar(), "wss://backend.internal/socket.io/?EIO=4"
    assert jar.header(url) == ""
    assert answered(jar, url, "a=1; Path=/; Secure", "b=2; Path=/; Domain=elsewhere.example") == "a=1"


def test_a_cookie_header_is_among_the_cookies() -> None:
    headers, cookies = without_cookies({"X": "1", "cookie": "a=1; b=2=3"}, {"a": "9"})
    assert (headers, cookies) == ({"X": "1"}, {"a": "9", "b": "2=3"})


def test_joined_set_cookie_values_are_separated() -> None:
    joined = "a=1; Path=/; HttpOnly; b=2; Expires=Wed, 09 Jun 2100 10:18:14 GMT; SameSite=Lax; c=3"
    assert [one.partition(";")[0] for one in apart(joined)] == ["a=1", "b=2", "c=3"] and apart("") == []


def test_requests_without_cookies_have_no_extra_cost() -> None:
    request = urllib.request.Request("http://10.0.0.7/")
    LightCookieJar().add_cookie_header(request)
    assert not request.has_header("Cookie")

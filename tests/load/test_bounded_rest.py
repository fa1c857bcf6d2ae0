"""A REST call of a user, of an arrival or of the suite's browser is one request that ends in time and in size.

Importing Locust patches the interpreter, so each is tried in one of its own.
"""

from __future__ import annotations

import json

import pytest

from tests.load.test_record import run

SCRIPT = """
import gzip, json, os, resource, socket, threading, time, zlib
from locust.env import Environment
from reznet_load.core.rows import ARRIVALS, GET_AGENTS
from reznet_load.core.settings.arrivals import Arrivals
from reznet_load.core.system import clock
from reznet_load.load.arrivals import OpenArrivals
from reznet_load.suite.record import Record
from reznet_load.suite.timed_calls import Browser
from reznet_load.core.settings.settings import Settings, Timeouts
from reznet_load.load.user_context import UserContext
from reznet_load.load.workers.accounts import AccountPool
from reznet_load.load.record import Recorder
from reznet_load.users import RestUser

asked = []
MODE, WHO, REQUEST_SECONDS = {mode!r}, {who!r}, {request!r}
def bomb():
    z = zlib.compressobj(9, wbits=31)
    return b"".join(z.compress(b" " * (1 << 20)) for _ in range(300)) + z.flush()
BOMB = bomb() if MODE == "gzip-bomb" else b""
def plain(body, status="200 OK", more=b""):
    return b"HTTP/1.1 " + status.encode() + b"\\r\\n" + more + b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body
def parts():
    if MODE == "redirect-loop":
        yield plain(b"", "302 Found", b"Location: http://user:a-long-password@10.1.2.3/api/agents?k=v\\r\\n")
    if MODE == "endless-headers":
        yield b"HTTP/1.1 200 OK\\r\\n"
        while True: yield b"X-H: " + b"a" * 1000 + b"\\r\\n"
    if MODE == "endless-interim":
        while True: yield b"HTTP/1.1 103 Early Hints\\r\\nLink: x\\r\\n\\r\\n"
    if MODE == "fast-body":
        yield b"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
        while True: yield b"10000\\r\\n" + b" " * 65536 + b"\\r\\n"
    if MODE == "slow-headers":
        yield b"HTTP/1.1 200 OK\\r\\n"
        while True: time.sleep(0.2); yield b"X: a\\r\\n"
    if MODE == "slow-body":
        yield b"HTTP/1.1 200 OK\\r\\nContent-Length: 1000\\r\\n\\r\\n"
        while True: time.sleep(0.2); yield b" "
    if MODE == "never": time.sleep(30)
    if MODE == "gzip-bomb": yield plain(BOMB, more=b"Content-Encoding: gzip\\r\\n")
    if MODE == "torn-gzip": yield plain(gzip.compress(b"[1]" * 99)[:-9], more=b"Content-Encoding: gzip\\r\\n")
    if MODE == "no-encoding": yield plain(b"[]", more=b"Content-Encoding: xyz\\r\\n")
    if MODE == "deep-json": yield plain(b"[" * 1000000 + b"]" * 1000000)
    if MODE == "garbage": yield os.urandom(1) + b"\\x00\\xff" * 2000
    if MODE == "garbage-500": yield plain(b"\\xff\\xfe" * 2000, "500 Oh")
    if MODE == "garbage-body": yield plain(b"\\xff\\x00\\xfe" * 2000000)
    if MODE == "good": yield plain(gzip.compress(b"[1, 2]"), more=b"Content-Encoding: gzip\\r\\n")

def serve(listening):
    while True:
        there, _ = listening.accept()
        def answer(there=there):
            try:
                while there.recv(65536):
                    asked.append(1)
                    for part in parts(): there.sendall(part)
                    if MODE == "garbage": break
            except OSError: pass
            there.close()
        threading.Thread(target=answer, daemon=True).start()

listening = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=(listening,), daemon=True).start()
host = "http://127.0.0.1:%d" % listening.getsockname()[1]
environment = Environment(host=host)
environment.create_local_runner()
recorder = Recorder(environment)
settings = Settings(host=host, arrivals=Arrivals(1.0), timeouts=Timeouts(connect=2, request=REQUEST_SECONDS))
environment.reznet = UserContext(settings, recorder, None, None, None, AccountPool(), None, None)
RestUser.host = host
user = RestUser(environment)
before, began, busy = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic(), time.process_time()
found = None
if WHO == "arrival":
    OpenArrivals(environment, environment.reznet)._call("/api/agents", ARRIVALS.of(GET_AGENTS.name), clock.now())
elif WHO == "browser":
    recorder = Record()
    found = Browser(settings, {}, recorder).get("/api/agents", GET_AGENTS, list)
else:
    found = user.fetch("/api/agents", GET_AGENTS, list)
took, cpu = time.monotonic() - began, time.process_time() - busy
names = [one["text"] for one in recorder.take()[1] if "error" in one]
shown = [str(one.error) for one in environment.stats.errors.values()]
grew = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(json.dumps([found, names, shown, took, cpu, grew, len(asked)]), flush=True)
os._exit(0)
"""

MODES = {
    "redirect-loop": "HTTP 302, redirect to http://user:***@10.1.2.3/api/agents",
    "endless-headers": "head over 64 KB",
    "endless-interim": "head over 64 KB",
    "fast-body": "body over 16 MB",
    "slow-headers": "time-out: no answer in time",
    "slow-body": "time-out: no answer in time",
    "never": "time-out: no answer in time",
    "gzip-bomb": "body over 16 MB",
    "torn-gzip": "body not gzip",
    "no-encoding": "body not xyz",
    "deep-json": "not JSON",
    "garbage": "HTTPParseError",
    "garbage-500": "HTTP 500",
    "garbage-body": "not JSON",
}


# What only the reader of JSON, or of headers, meets; and where the suite, which offers no encoding, says it in other words.
_OF_JSON = ("deep-json", "garbage-body")
_OF_BROWSER = {
    "torn-gzip": "not JSON",
    "no-encoding": "content-encoding 'xyz', which was not offered",
    "garbage": "no HTTP/1 answer begins with",
    "endless-interim": "head over 64 KB",
}


# These end by their time-out, the others by what they read: those get so much time that a busy machine does not end them.
_BY_TIME = tuple(mode for mode, name in MODES.items() if name.startswith("time-out"))
_TIME_OUT, _AMPLE = 1, 30  # s


def outcome(mode: str, who: str) -> list:
    request = _TIME_OUT if mode in _BY_TIME else _AMPLE
    given = {"{mode!r}": mode, "{who!r}": who, "{request!r}": request}
    script = SCRIPT
    for place, value in given.items():
        script = script.replace(place, repr(value))
    return json.loads(run(script).splitlines()[-1])


@pytest.mark.parametrize("who", ["user", "arrival", "browser"])
@pytest.mark.parametrize("mode", MODES)
def test_a_hostile_answer_is_a_failure_with_a_name(mode: str, who: str) -> None:
    if who == "arrival" and mode in _OF_JSON:
        pytest.skip("an arrival reads no JSON")
    found, names, shown, took, cpu, grew, asked = outcome(mode, who)
    assert found is None and asked == 1
    expected = _OF_BROWSER.get(mode, MODES[mode]) if who == "browser" else MODES[mode]
    assert len(names) == 1 and names[0].startswith(expected)
    assert "\x1b" not in "".join(shown) and "a-long-password" not in "".join(shown)
    assert cpu < 2.5 and grew < 80
    assert took < (2.5 if mode in _BY_TIME else _AMPLE)


@pytest.mark.parametrize("who", ["user", "browser"])
def test_an_answer_within_the_limits_is_read(who: str) -> None:
    found, names, *_ = outcome("good", who)
    assert found == [1, 2] and not names

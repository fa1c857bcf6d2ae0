"""Which operations are kept, which ids identify a request, and what a `rest` user reads of an answer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap

from hypothesis import given
from hypothesis import strategies as st

from reznet_load.load.samples.kept_operations import MOST, TEXT_CHARACTERS, WINDOW_SECONDS, Operations, identify
from tests.load.test_record import run


class Response:
    """An answer with the attributes of Locust's responses."""

    def __init__(self, content: bytes, status: int = 500) -> None:
        self.content, self.status_code = content, status


class Broken:
    """An answer whose body cannot be read."""

    status_code = 200

    @property
    def content(self) -> bytes:
        raise ConnectionError("broke off")


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=80))
def test_the_slowest_of_a_window_are_kept(values: list[float]) -> None:
    kept = Operations()
    for value in values:
        kept.offer("CHAT echo", 1000.0, value, None, {})
    assert sorted(one["value"] for one in kept.take(whole=True)) == sorted(values)[-MOST:]


def test_each_window_keeps_operations_of_each_row() -> None:
    kept = Operations()
    for second in range(40):
        for _ in range(20):
            kept.offer("CHAT echo", 1000.0 + second, 5000.0 - second, None, {})
            kept.offer("CHAT ping", 1000.0 + second, 1.0, "no pong within 5 s", {})
    over = kept.take()
    assert all(one["start"] < 1000 + 3 * WINDOW_SECONDS for one in over)  # the present window is not taken yet
    found = over + kept.take(whole=True)
    assert len(found) == 4 * 2 * MOST and kept.take(whole=True) == []
    echoes = {one["start"] for one in found if one["row"] == "CHAT echo"}
    assert any(
        start >= 1000 + 3 * WINDOW_SECONDS for start in echoes
    )  # slower operations of earlier windows do not displace them


def test_windows_grow_with_the_run() -> None:
    kept = Operations()
    hours = 8
    for second in range(0, hours * 3600, 5):
        kept.offer("CHAT echo", 1000.0 + second, float(second), None, {})
    assert len(kept.take(whole=True)) <= 300 * MOST


def test_secrets_are_masked_and_texts_are_cut() -> None:
    kept = Operations(("tok-12345",))
    about = {"user": "u", "request_id": "a" * 32, "message": ""}
    kept.offer("GET /x", 1000.0, 3.0, "HTTP 500", about, Response(b"no: tok-12345 sk-abcdefghij " + b"\xc3\xa9" * 900))
    kept.offer("GET /x", 1000.0, 3.0, None, about, Broken())
    slow, failed = kept.take(whole=True)
    assert failed["text"].startswith("no: *** *** é") and len(failed["text"]) <= TEXT_CHARACTERS
    assert failed["status"] == 500 and "message" not in failed and "text" not in slow
    assert "tok-12345" not in json.dumps([slow, failed])


def test_ids_have_the_form_of_trace_context_and_are_unique() -> None:
    drawn = [identify() for _ in range(2000)]
    assert len({one["X-Request-ID"] for one in drawn}) == 2000
    for one in drawn[:50]:
        found = re.fullmatch(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01", one["traceparent"])
        assert found and found[1] == one["X-Request-ID"]


def test_a_process_and_its_fork_never_draw_the_same_id() -> None:
    script = """
    import os
    from reznet_load.load.samples.kept_operations import identify
    first = identify()
    reading, writing = os.pipe()
    if not os.fork():
        os.write(writing, " ".join(identify()["X-Request-ID"] for _ in range(300)).encode())
        os._exit(0)
    mine = {identify()["X-Request-ID"] for _ in range(300)}
    os.wait()
    os.close(writing)
    theirs = set(os.fdopen(reading).read().split())
    print(len(mine), len(theirs), len(mine & theirs))
    """
    assert run(script) == "300 300 0"


def test_the_ids_of_an_operation_are_read_only_if_the_operation_is_kept() -> None:
    asked: list[float] = []
    kept = Operations()
    for value in [*range(100, 100 + MOST), *[1.0] * 50, 500.0]:
        kept.offer("GET /x", 1000.0, value, None, lambda value=value: asked.append(value) or {"user": f"u{value}"})
    assert asked == [*range(100, 100 + MOST), 500.0]
    assert kept.take(whole=True)[0]["user"].startswith("u")


BODIES = """
import json
from types import SimpleNamespace
from locust.contrib.fasthttp import FastResponse
from reznet_load.users.rest import decoded, milliseconds_in, number_in

class Answer:
    def __init__(self, content, kind):
        self.content, self.headers = content, {"content-type": kind}

def read(content, kind="application/json"):
    try:
        return decoded(Answer(content, kind))
    except ValueError:
        return "not JSON"

print(json.dumps([
    [read(one) for one in ('["ä"]'.encode(), b"[1", b"", None, '["ä"]'.encode("latin-1"), '["ä"]'.encode("utf-16"))]
    + [read('["ä"]'.encode("latin-1"), f"text/json; charset={one}") for one in ("iso-8859-1", "none-such")],
    [milliseconds_in(one) for one in ("12.34ms", " 0.2s ", "7", "ms", "-1ms", "1e3ms")],
    [number_in(one) for one in ("3", " 0 ", "-1", "9" * 10, "3.0")],
]))
"""


def test_bodies_and_headers_are_read_in_the_form_of_the_contract() -> None:
    bodies, times, numbers = json.loads(run(BODIES))
    assert bodies == [["ä"], "not JSON", "not JSON", "not JSON", "not JSON", ["ä"], ["ä"], "not JSON"]
    assert times == [12.34, 200.0, None, None, None, None]
    assert numbers == [3, 0, None, None, None]


SCRIPT = """
import json, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from locust.env import Environment
from reznet_load.core.settings.settings import Settings
from reznet_load.load.user_context import UserContext
from reznet_load.load.workers.accounts import AccountPool
from reznet_load.load.record import Recorder
from reznet_load.core.rows import GET_AGENTS
from reznet_load.users.rest import RestUser

seen = []
HEADERS = iter([("12.34ms", "3"), ("soon", "-1"), (None, None), ("0.5s", "0"), ("7", "9" * 40)])
class Backend(BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append({name.lower(): value for name, value in self.headers.items()})
        time, count = next(HEADERS)
        body = b"[]" if time else b'{"detail": "tok-12345 is wrong"}'
        self.send_response(200 if time else 401)
        for name, value in (("X-Process-Time", time), ("X-Query-Count", count), ("Content-Length", str(len(body)))):
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Backend)
threading.Thread(target=server.serve_forever, daemon=True).start()
environment = Environment(host=f"http://127.0.0.1:{server.server_port}")
environment.create_local_runner()
settings = Settings(host=environment.host, headers={"Authorization": "Bearer tok-12345"})
recorder = Recorder(environment, settings.secrets())
environment.reznet = UserContext(settings, recorder, None, None, None, AccountPool(), None, None)
RestUser.host = environment.host
user = RestUser(environment)
for _ in range(5):
    user.fetch("/api/agents", GET_AGENTS, list)
packed, names = recorder.take()
from reznet_load.core.measured.measurement import RECORD
rows = {n["row"]: n["kind"] + " " + n["name"] for n in names if "row" in n}
samples = [(rows[r[3]], round(r[1], 2)) for r in (RECORD.unpack_from(packed, i) for i in range(0, len(packed), 20))]
print(json.dumps([seen, samples, recorder.operations.take(whole=True), list(environment.stats.entries)]))
server.shutdown()
"""


def test_every_rest_request_carries_its_ids_and_the_backend_s_own_times_are_kept() -> None:
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(SCRIPT)], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    seen, samples, kept, entries = json.loads(ended.stdout)
    assert {one["request_id"] for one in kept} == {request["x-request-id"] for request in seen}
    assert {one["traceparent"] for one in kept} == {request["traceparent"] for request in seen}
    counted = [sample for sample in samples if sample[0].startswith("COUNT")]
    assert counted == [
        ["COUNT process time GET /api/agents", 12.34], ["COUNT query count GET /api/agents", 3.0],
        ["COUNT process time GET /api/agents", 500.0], ["COUNT query count GET /api/agents", 0.0],
    ]  # fmt: skip
    (refused,) = [one for one in kept if one.get("error")]
    assert refused["status"] == 401 and refused["text"] == '{"detail": "*** is wrong"}' and refused["user"]
    assert "tok-12345" not in json.dumps(kept) and entries == [["/api/agents", "GET"]]

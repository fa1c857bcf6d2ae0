"""The search as a load shape with a judge that knows the truth, and open arrivals on a server; in separate processes."""

from __future__ import annotations

import json

import pytest

from tests.load.test_record import run

SEARCH = """
import json
from types import SimpleNamespace
import locust
from reznet_load.load.search import SearchShape, capacity, state_of

def verdict(outcome):
    return {"title": "Agent Response Time", "outcome": outcome, "reason": outcome, "required": True, "counts": True}

class Judge:
    '''Passes what is below TRUTH, judges the step that is on.'''
    def ask(self, folder):
        on = shape.phases[-1]
        outcome = "pass" if on.users <= TRUTH else "fail"
        return json.dumps({"judged": [f"{on.name}, 1 s"], "cautions": [], "verdicts": [verdict(outcome)]}).encode()
    def close(self):
        pass

class Shape(SearchShape):
    profile = capacity(50, 0.22, 0.05)

TRUTH = 120
shape = Shape()
shape._judging = Judge()
shape.runner = SimpleNamespace(environment=SimpleNamespace(reznet=SimpleNamespace(folder="x")), state="stopped")
shape.begin()
asked = set()
import gevent
while not shape.over:
    asked.add(shape.tick()[0])
    gevent.sleep(0.01)
print("RESULT", json.dumps({
    "tried": [[t.users, t.state, t.confirms] for t in shape.tried], "asked": sorted(asked), "end": shape.tick(),
    "phases": [[p.name, p.part, p.judged, round(p.seconds, 2), p.start] for p in shape.phases],
    "early": [t.seconds for t in shape.tried if t.state == "fail"],
}))
"""


@pytest.fixture(scope="module")
def searched() -> dict:
    return json.loads(run(SEARCH).split("RESULT ")[1])


def test_the_shape_follows_the_search_and_ends(searched: dict) -> None:
    users = [users for users, _, _ in searched["tried"]]
    assert users[:3] == [50, 100, 200] and set(users) <= set(searched["asked"]) and searched["end"] is None
    low = max(users for users, state, _ in searched["tried"] if state == "pass")
    assert 108 <= low <= 120 and searched["tried"][-1] == [low, "pass", True]


def test_the_queue_of_a_failed_step_is_drained_before_the_next(searched: dict) -> None:
    failed = sum(state == "fail" for _, state, _ in searched["tried"][:-1])
    drains = [name for name, *_ in searched["phases"] if name.startswith("drain before ")]
    assert len(drains) == failed > 0 and min(searched["asked"]) <= 50


def test_a_step_that_fails_ends_early(searched: dict) -> None:
    assert searched["early"] and all(seconds < 0.2 for seconds in searched["early"])


def test_only_the_confirmation_is_judged_and_phases_have_no_gaps(searched: dict) -> None:
    judged = [name for name, _, judged, _, _ in searched["phases"] if judged]
    assert len(judged) == 1 and judged[0].startswith("confirmation of ")
    starts = [start for *_, start in searched["phases"]]
    assert starts == sorted(starts)


STATES = [
    ({"verdicts": [], "cautions": []}, "open"),
    ({"verdicts": ["pass", "warning"], "cautions": []}, "open"),
    ({"verdicts": ["pass", "pending"], "cautions": []}, "open"),
    ({"verdicts": ["pass", "fail", "warning"], "cautions": []}, "fail"),
    ({"verdicts": ["pass"], "cautions": []}, "pass"),
    ({"verdicts": ["pass"], "cautions": [], "rising": "saturating"}, "fail"),
    ({"verdicts": ["fail"], "cautions": [{"void": True, "text": "the generator"}]}, "void"),
]


def test_a_judges_answer_becomes_a_state() -> None:
    def verdict(outcome: str, required: bool) -> dict:
        return {"title": "X", "outcome": outcome, "reason": "", "required": required, "counts": True}

    made = [
        standing | {"verdicts": [*(verdict(outcome, True) for outcome in standing["verdicts"]), verdict("fail", False)]}
        for standing, _ in STATES
    ]
    told = run(f"from reznet_load.load.search import state_of; print(*[state_of(one)[0] for one in {made!r}])")
    assert told.split() == [state for _, state in STATES]


ARRIVALS = """
import json, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
import locust, gevent
from locust.env import Environment
from reznet_load.core.settings.arrivals import Arrivals
from reznet_load.core.settings.settings import Settings, Timeouts
from reznet_load.dialects.reznet import V2
from reznet_load.load.arrivals import OpenArrivals
from reznet_load.load.sockets.session import Access

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if frozen:
            time.sleep(frozen)
        self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"[]")
    def log_message(self, *_): pass

frozen = FROZEN
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
settings = Settings(host=f"http://127.0.0.1:{server.server_port}", arrivals=Arrivals(50, "constant"), timeouts=Timeouts(request=5))
seen, gauges = [], []
recorder = SimpleNamespace(record=lambda m: seen.append([m.name, m.value, m.error]), gauge=lambda *a: gauges.append(a))
access = lambda _: Access(settings.host)
shared = SimpleNamespace(settings=settings, recorder=recorder, dialect=V2, stopping=False, access=access, tls=None, paired=None)
arrivals = OpenArrivals(None, shared)
if CALLERS:
    from gevent.pool import Pool
    arrivals._callers = CALLERS
arrivals.start()
gevent.sleep(1)
shared.stopping = True
gevent.sleep(FROZEN + 0.3)
print("RESULT", json.dumps({"seen": seen, "missed": sum(g[1] for g in gauges if g[0] == "arrival missed")}))
"""


def arrived(frozen: float, callers: int = 0) -> dict:
    return json.loads(run(ARRIVALS.replace("FROZEN", str(frozen)).replace("CALLERS", str(callers))).split("RESULT ")[1])


def test_arrivals_come_at_their_rate_however_slow_the_answers() -> None:
    for frozen in (0.0, 0.7):
        found = arrived(frozen)
        assert 46 <= len(found["seen"]) <= 52 and found["missed"] == 0
        assert {name for name, _, _ in found["seen"]} == {
            "/health (arrivals)", "/api/agents (arrivals)", "/api/channels (arrivals)",
        }  # fmt: skip
        assert not [error for *_, error in found["seen"] if error]
        assert sorted(value for _, value, _ in found["seen"])[25] == pytest.approx(1000 * frozen + 5, abs=60)


def test_a_call_without_a_free_caller_is_a_failure_not_a_wait() -> None:
    found = arrived(0.7, callers=5)
    refused = [error for *_, error in found["seen"] if error]
    assert refused and set(refused) == {"not sent: 5 callers still wait for an answer"}
    assert 46 <= len(found["seen"]) <= 52

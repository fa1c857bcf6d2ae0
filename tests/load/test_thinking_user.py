"""A user that thinks while the run ends. Runs in a process of its own: importing Locust patches the interpreter."""

from __future__ import annotations

import json

from tests.load.test_record import run

SCRIPT = """
import json, time
from types import SimpleNamespace
import locust, gevent
from locust.exception import StopUser
from reznet_load.users.socket_user import SocketUser

def thought(seconds, ends_after):
    shared = SimpleNamespace(stopping=False)
    gevent.spawn_later(ends_after, setattr, shared, "stopping", True)
    began = time.monotonic()
    try:
        SocketUser.think(SimpleNamespace(shared=shared, add_pause=lambda seconds: None), seconds)
    except StopUser:
        return "left", time.monotonic() - began
    return "thought", time.monotonic() - began

print(json.dumps([thought(60, 0.1), thought(0.8, 60)]))
"""


def test_a_thinking_user_leaves_when_the_run_ends_and_not_before() -> None:
    (left, soon), (thought, whole) = json.loads(run(SCRIPT))
    assert (left, thought) == ("left", "thought")
    assert soon < 10 and 0.8 <= whole < 10

"""A real Session that asks the question of a transcript: `ask.py TRANSCRIPT URL`; prints the turn as JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import locust  # noqa: F401  # patches the interpreter as in a run

from reznet_load.chat.turn import Limits, Turn
from reznet_load.core.settings import Timeouts
from reznet_load.load.reactor import Reactor
from reznet_load.load.session import Access, Session, SessionError

entries = [e for line in Path(sys.argv[1]).read_text().splitlines() if "frame" in (e := json.loads(line))]
question = next(json.loads(e["frame"][2:])[1] for e in entries if e["dir"] == "out" and "message_send" in e["frame"])
text = question["content"]
session, deadline = Session(Reactor(), Access(sys.argv[2]), Timeouts()), time.monotonic() + 15
while True:
    try:
        session.open()
        break
    except SessionError:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.1)
agent = text.split()[0] if text.startswith("@") else None
turn = Turn(question["channel_id"], text, agent, time.perf_counter(), Limits(first_token=2.0, gap=1.0))


def listen(event, at):
    turn.on(event, at)
    session.wanted = turn.wants


session.listen = listen
session.emit("message_send", question)
while not turn.closed:
    time.sleep(0.02)
    turn.expire(time.perf_counter())
session.close()
print(json.dumps({"failure": turn.failure, "chunks": turn.chunks}))

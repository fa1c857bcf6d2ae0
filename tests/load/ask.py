"""Real Sessions that ask the questions of a transcript, one a question: `ask.py TRANSCRIPT URL`; prints the turns as JSON."""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import locust  # noqa: F401  # patches the interpreter as in a run

from reznet_load.chat.turn import Turn
from reznet_load.core.settings import Timeouts
from reznet_load.load.reactor import Reactor
from reznet_load.load.session import Access, Session, SessionError

entries = [e for line in Path(sys.argv[1]).read_text().splitlines() if "frame" in (e := json.loads(line))]
sent = [json.loads(e["frame"][2:])[1] for e in entries if e["dir"] == "out" and "message_send" in e["frame"]]
asked = [question for question in sent if {"channel_id", "content"} <= question.keys()]
reactor, deadline = Reactor(), time.monotonic() + 15


def opened() -> Session:
    while True:
        session = Session(reactor, Access(sys.argv[2]), Timeouts())
        try:
            session.open()
            return session
        except SessionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def ask(session: Session, question: dict) -> Turn:
    text = question["content"]
    agent = text.split()[0] if text.startswith("@") else None
    turn = Turn(question["channel_id"], text, agent, time.perf_counter(), Timeouts(first_token=2.0, gap=1.0))

    def listen(event, at):
        turn.on(event, at)
        session.wanted = turn.wants

    session.listen = listen
    awaiting.enter_context(session.awaiting())
    session.ask("message_send", question)
    return turn


awaiting = ExitStack()  # until all turns are closed
sessions = [opened() for _ in asked]
turns: list[Turn] = []
for session, question in zip(sessions, asked, strict=True):
    while turns and turns[-1].echo_at is None and time.monotonic() < deadline:
        time.sleep(0.02)
    turns.append(ask(session, question))
while not all(turn.closed for turn in turns):
    time.sleep(0.02)
    for turn in turns:
        turn.expire(time.perf_counter())
awaiting.close()
for session in sessions:
    session.close()
print(json.dumps([[turn.failure, turn.chunks] for turn in turns]))

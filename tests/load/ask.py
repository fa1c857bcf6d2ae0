"""Asks the questions of transcripts, each in a Session of its own: `ask.py URL TRANSCRIPT ...`.

Prints JSON: name of a transcript -> [failure, chunks] of each turn. All transcripts run at the same time, on one loop.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import gevent
import locust  # noqa: F401  # patches the interpreter as in a run

from reznet_load.chat.dialect import Conversation, Emit
from reznet_load.chat.turn import Turn
from reznet_load.core.settings.settings import Timeouts
from reznet_load.dialects.reznet import V1
from reznet_load.load.sockets.reactor import Reactor
from reznet_load.load.sockets.session import Access, Session, SessionError

url, transcripts = sys.argv[1], [Path(name) for name in sys.argv[2:]]
reactor, deadline = Reactor(), time.monotonic() + 15


def questions(transcript: Path) -> list[dict]:
    entries = [e for line in transcript.read_text().splitlines() if "frame" in (e := json.loads(line))]
    sent = [json.loads(e["frame"][2:])[1] for e in entries if e["dir"] == "out" and "message_send" in e["frame"]]
    return [question for question in sent if {"channel_id", "content"} <= question.keys()]


def opened(name: str) -> Session:
    while True:
        session = Session(reactor, Access(url, socket_path=f"/{name}/socket.io"), Timeouts())
        try:
            session.open()
            return session
        except SessionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def ask(session: Session, question: dict, awaiting: ExitStack) -> Turn:
    text = question["content"]
    agent = text.split()[0] if text.startswith("@") else None
    turn = Turn(
        V1.ask(Conversation(question["channel_id"], agent=agent), text)[1],
        time.perf_counter(),
        Timeouts(first_token=2.0, gap=1.0),
    )

    def listen(event, at):
        turn.hear(V1, event, at)
        session.wanted = turn.own.wants

    session.listen = listen
    awaiting.enter_context(session.awaiting())
    session.ask(Emit("message_send", question))
    return turn


def converse(transcript: Path) -> list[Turn]:
    asked = questions(transcript)
    sessions = [opened(transcript.stem) for _ in asked]
    turns: list[Turn] = []
    with ExitStack() as awaiting:  # until all turns are closed
        for session, question in zip(sessions, asked, strict=True):
            while turns and turns[-1].taken_at is None and time.monotonic() < deadline:
                time.sleep(0.02)
            turns.append(ask(session, question, awaiting))
        while not all(turn.closed for turn in turns):
            time.sleep(0.02)
            for turn in turns:
                turn.expire(time.perf_counter())
    for session in sessions:
        session.close()
    return turns


conversations = {transcript.stem: gevent.spawn(converse, transcript) for transcript in transcripts}
gevent.joinall(conversations.values(), raise_error=True)
print(json.dumps({name: [[t.failure, t.chunks] for t in one.get()] for name, one in conversations.items()}))

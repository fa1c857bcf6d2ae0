"""Replays recordings of real servers: each turn gets the recorded bytes at the recorded moments."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reznet_load.chat.dialect import OwnQuestion
from reznet_load.chat.streamed import StreamedTurn
from reznet_load.chat.turn import Turn
from reznet_load.core.settings.settings import Timeouts
from reznet_load.dialects.chainlit import SESSION, ChainlitOwn
from reznet_load.dialects.open_webui import CHATS
from reznet_load.protocols.dialogue import Dialogue, DialogueEndedError
from reznet_load.protocols.http_stream import AnswerReader

FOLDER = Path(__file__).resolve().parents[1] / "transcripts" / "backends"
LIMITS = Timeouts(echo=60, first_token=60, gap=60, reply=120)  # longer than any pause in a recording
_REQUEST = re.compile(r"(GET|POST|DELETE|HEAD) (\S+) HTTP/1\.1\r\n")
_ESCAPED = re.compile(rb"\\x([89a-f][0-9a-f])")


@dataclass(frozen=True, slots=True)
class Line:
    """One read or write of a recording.

    at     seconds since the first line
    way    `in`, `out` or `note`
    conn   the connection
    """

    at: float
    way: str
    text: str
    data: bytes
    conn: str

    @property
    def path(self) -> str:
        """The path of the HTTP request that begins in this line; empty if none does."""
        found = _REQUEST.match(self.text) if self.way == "out" else None
        return found[2] if found else ""

    @property
    def body(self) -> Any:
        """The decoded JSON of a request's body; None if the body is not JSON."""
        try:
            return json.loads(self.text.partition("\r\n\r\n")[2])
        except ValueError:
            return None


def lines(name: str) -> list[Line]:
    """The lines of a recording without its heading."""
    found, at = [], 0.0
    for raw in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[1:]:
        entry = json.loads(raw)
        at = entry.get("at_ms", at * 1000) / 1000
        text = entry["frame"]
        if "base64" in entry:
            data = base64.b64decode(entry["base64"] if isinstance(entry["base64"], str) else text)
        else:  # if a read ends within a character, the recording has the bytes of that character as escapes
            data = _ESCAPED.sub(lambda one: bytes.fromhex(one[1].decode()), text.encode())
        found.append(Line(at, entry["dir"], text, data, entry.get("conn", "")))
    return found


def over_http(name: str, dialect: Any, paths: str) -> list[Turn]:
    """A turn for each POST to a path that matches `paths`. If the client closed the connection, its turn stays open."""
    turns: list[Turn] = []
    open_by_conn: dict[str, StreamedTurn] = {}
    last = 0.0
    for line in lines(name):
        if line.path or (line.way == "note" and "client closes" in line.text):
            if (before := open_by_conn.pop(line.conn, None)) and not line.text.startswith("client closes"):
                before.closed(last)
            if re.fullmatch(paths, line.path) and line.text.startswith("POST"):
                turn = Turn(OwnQuestion("", str(line.body)), line.at, LIMITS, dialect.echoes)
                turns.append(turn)
                open_by_conn[line.conn] = StreamedTurn(turn, dialect)
        elif line.way == "in" and line.conn in open_by_conn:
            open_by_conn[line.conn].feed(line.data, line.at)
            last = line.at
    for left in open_by_conn.values():
        left.closed(last)
    return turns


def of_chainlit(name: str) -> list[Turn]:
    """A turn for each `client_message` with a text. If the client closed the socket, its turn stays open."""
    turns: list[Turn] = []
    dialogues: dict[str, tuple[Dialogue, list[Turn]]] = {}
    for line in lines(name):
        if line.way == "in" and line.text.startswith("0{"):
            dialogues[line.conn] = Dialogue(), []
        if line.conn not in dialogues:
            continue
        dialogue, own = dialogues[line.conn]
        if line.way == "out" and line.text.startswith('42["client_message"'):
            message = json.loads(line.text[2:])[1].get("message")
            if message:
                own.append(Turn(ChainlitOwn("", message["output"], message=message["id"]), line.at, LIMITS, False))
                turns.append(own[-1])
        elif line.way == "in" and re.match(r"\d", line.text):
            try:
                _, packet = dialogue.feed(line.data)
            except DialogueEndedError:
                continue
            for event in SESSION.hear(packet) if packet else []:
                for turn in own:
                    turn.hear(SESSION, event, line.at)
    return turns


def of_open_webui(name: str) -> list[Turn]:
    """A turn for each question that names a session. All sockets belong to one user."""
    turns: list[Turn] = []
    dialogues: dict[str, Dialogue] = {}
    asked: tuple[Turn, AnswerReader] | None = None
    for line in lines(name):
        if line.path:
            asked = None
            if line.path == CHATS.path and isinstance(line.body, dict) and "session_id" in line.body:
                body = line.body
                own = OwnQuestion("", "", message=body["user_message"]["id"], reply=body["id"])
                turns.append(Turn(own, line.at, LIMITS, False))
                asked = turns[-1], AnswerReader()
        elif line.way == "in" and re.match(r"\d", line.text):
            dialogue = dialogues.setdefault(line.conn, Dialogue())
            _, packet = dialogue.feed(line.data)
            for event in CHATS.hear(packet) if packet else []:
                for turn in turns:
                    turn.hear(CHATS, event, line.at)
        elif line.way == "in" and asked:
            _answered(*asked, line)
    return turns


def _answered(turn: Turn, answer: AnswerReader, line: Line) -> None:
    body = answer.feed(line.data)
    if answer.done and body:
        for said in CHATS.answered(turn.own, answer.status, json.loads(body)):
            turn.on(said, line.at)


def outcome(turn: Turn) -> tuple[str, int, float | None, float | None]:
    """(how the turn ended, or `open`; characters of text; ms to the first token; ms to the end)."""
    ended = turn.failure or ("ok" if turn.final_at is not None else "open")
    return str(ended), turn.text_length, _since(turn, turn.first_token_at), _since(turn, turn.final_at)


def _since(turn: Turn, at: float | None) -> float | None:
    return None if at is None else round((at - turn.asked_at) * 1000, 1)


def frames_in(name: str) -> Iterator[str]:
    """The frames that came from the server, for tests that search them without our parsers."""
    return (line.text for line in lines(name) if line.way == "in")

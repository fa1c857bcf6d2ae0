"""A RezNet with other names of events, keys and paths needs only one new record; no other code is edited."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from reznet_load.chat.dialect import Conversation
from reznet_load.core.settings.settings import Settings, Timeouts
from reznet_load.deployment.preflight import inspect
from reznet_load.dialects.every import EVERY
from reznet_load.dialects.reznet import V1, RezNet
from reznet_load.dialects.reznet_places import KEYS, CacheKeys, EventNames, Paths
from reznet_load.protocols.dialogue import Dialogue
from reznet_load.protocols.frames import OTHERS, FrameReader
from reznet_load.protocols.packets import Packet
from reznet_load.target.generation import GENERATIONS, Generation
from reznet_load.target.payload import SHORT, PayloadWriter, short_keys
from tests.asking import AskedTurn
from tests.deployment.test_preflight import server

PACKAGE = Path(__file__).resolve().parents[2] / "reznet_load"
TRANSCRIPTS = Path(__file__).resolve().parents[1] / "transcripts"
RENAMED = {
    "message_new": "post.created", "message_stream": "post.part", "message_update": "post.changed",
    "agent_status": "worker.state", "error": "trouble", "pong": "here", "message_batch": "posts",
    "message_send": "post.create", "typing_start": "writing", "ping": "there?",
}  # fmt: skip
OTHER = replace(
    V1,
    name="renamed",
    events=EventNames(**{one.name: RENAMED[one.default] for one in fields(EventNames)}),
    paths=Paths("/up", agents="/workers", channels="/rooms", channel="/rooms/{id}"),
    cache=CacheKeys("posts:"),
    keys=dict(KEYS) | {"pid": "message_id", "room": "channel_id", "part": "chunk"},
    chunk_ids=("pid",),
)
KEYS_RENAMED = {"mid": "pid", "message_id": "pid", "cid": "room", "channel_id": "room", "ch": "part", "chunk": "part"}


def renamed(frame: str) -> str:
    """A frame of RezNet v1 with the names of OTHER."""
    if not frame.startswith("42"):
        return frame
    name, data = json.loads(frame[2:])
    return "42" + json.dumps([RENAMED.get(name, name), _keys(data)], separators=(",", ":"))


def _keys(data: object) -> object:
    if isinstance(data, list):
        return [_keys(one) for one in data]
    if not isinstance(data, dict):
        return data
    return {
        KEYS_RENAMED.get(key, key): RENAMED.get(value, value) if key == "e" else _keys(value)
        for key, value in data.items()
    }


def turns(name: str, dialect: RezNet, rewrite: bool) -> list[tuple[object, ...]]:
    """(failure, chunks, text, times, id of the reply) of each question of a transcript, read as a session reads it."""
    dialogue, found, now = Dialogue(), [], 0.0
    for line in (TRANSCRIPTS / f"{name}.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if "frame" not in entry:
            continue
        now = entry["at_ms"] / 1000
        if entry["dir"] == "out":
            if entry["frame"].startswith('42["message_send"'):
                asked = json.loads(entry["frame"][2:])[1]
                if {"channel_id", "content"} <= asked.keys():
                    text = asked["content"]
                    agent = text.split()[0] if text.startswith("@") else None
                    found.append(AskedTurn(asked["channel_id"], text, agent, now, Timeouts(), dialect))
            continue
        frame = renamed(entry["frame"]) if rewrite else entry["frame"]
        _, packet = dialogue.feed(frame.encode())
        for event in dialect.hear(packet) if packet else []:
            for turn in found:
                turn.receive(event, now)
    for turn in found:
        while not turn.closed:
            turn.expire(turn.deadline())
    return [(t.failure, t.chunks, t.said, t.taken_at, t.first_token_at, t.final_at, t.own.reply) for t in found]


@pytest.mark.parametrize("name", sorted(path.stem for path in TRANSCRIPTS.glob("*.jsonl") if "gz" not in path.stem))
def test_a_rewritten_transcript_gives_the_same_turns(name: str) -> None:
    expected = turns(name, V1, rewrite=False)
    assert expected and turns(name, OTHER, rewrite=True) == expected


def test_chunks_of_other_replies_are_skipped_by_the_renamed_prefix() -> None:
    reader = FrameReader(chunks=OTHER.prefixes)
    reader.want({b"mine"})
    for payload, skipped in (
        (b'42["post.part",{"pid":"theirs"}]', True),
        (b'42["post.part",{"pid":"mine"}]', False),
        (b'42["message_stream",{"mid":"x"}]', False),
    ):
        frame = bytes((0x81, len(payload))) + payload
        assert (reader.alone(bytearray(frame), len(frame)) is OTHERS) == skipped


def test_events_are_sent_and_recognised_by_the_new_names() -> None:
    emit, _ = OTHER.ask(Conversation("c", agent="qa"), "hello?")
    assert (emit.name, OTHER.ping(7).name, OTHER.typing("c", "me").name) == ("post.create", "there?", "writing")
    (heard,) = OTHER.hear(Dialogue().feed(b'42["here",{"timestamp":7}]')[1])  # type: ignore[arg-type]
    assert OTHER.pong(heard) == 7 and V1.pong(heard) is None


def test_a_target_of_that_dialect_writes_the_new_names() -> None:
    name, data = PayloadWriter(Generation(OTHER), short=False).write(
        "message_stream", {"message_id": "m", "chunk": "x"}
    )
    assert (name, data) == ("post.part", {"pid": "m", "part": "x"})
    (heard,) = OTHER.hear(Packet("event", name=name, data=data))
    assert heard.data == {"message_id": "m", "chunk": "x"}


def test_a_dialect_without_keys_of_its_own_has_the_short_keys_of_the_contract() -> None:
    assert short_keys(KEYS) == SHORT


def test_a_target_speaks_every_dialect_of_the_list() -> None:
    assert list(GENERATIONS) == [one.name for one in EVERY]
    assert all(GENERATIONS[one.name].speaks is one for one in EVERY)


def test_a_deployment_is_recognised_by_its_health_path(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("deployment.preflight", "dialects.every"):
        monkeypatch.setattr(f"reznet_load.{place}.EVERY", (*EVERY, OTHER))
    answers = {OTHER.paths.health: (200, {"status": "up"}), OTHER.paths.agents: (200, [{"id": "1", "name": "qa"}])}
    with server(answers) as url:
        found = inspect(Settings(host=url))
    assert (found.dialect, found.agents) == ("renamed", ("qa",))


def test_only_the_dialect_contains_names_of_a_backend() -> None:
    """Names of rows contain paths; names of events, cache keys and calls of one backend stand only in the dialect."""
    own = [one.default for one in fields(EventNames) if "_" in str(one.default)]
    own += ["performance/", "llm-config", "active_only", "reznet:"]
    found = {
        f"{path.relative_to(PACKAGE)}: {word}"
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in ("dialects", "target")
        for word in own
        if re.search(f'["/?]{re.escape(str(word))}', path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_no_two_dialects_share_a_name_or_a_health_path() -> None:
    assert len({one.name for one in EVERY}) == len({one.paths.health for one in EVERY}) == len(EVERY)

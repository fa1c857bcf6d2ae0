"""If any JSON comes in place of an event, the turn continues or fails with a reason; no exception is raised."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reznet_load.chat.dialect import Conversation, Event, OwnQuestion
from reznet_load.chat.streamed import StreamedTurn
from reznet_load.chat.turn import Turn
from reznet_load.core.errors import ConfigError
from reznet_load.dialects import ag_ui, ai_sdk, anthropic, chainlit, of_file, open_webui, openai
from reznet_load.dialects.every import OTHERS
from tests.dialects.recordings import FOLDER, LIMITS, lines

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def recorded(pattern: str) -> list[Any]:
    """At most about 150 decoded events of real servers, from the recordings that match `pattern`."""
    found = []
    for path in sorted(FOLDER.glob(pattern)):
        for line in lines(path.stem):
            for part in line.text.split("\n") if line.way == "in" else ():
                begin = part.find("{")
                if begin >= 0:
                    try:
                        found.append(json.loads(part[begin:].removesuffix("]")))
                    except ValueError:
                        continue
    return found[:: max(1, len(found) // 150)]


def mutated(data: Any, draw: Any) -> Any:
    """`data` with one value replaced by another."""
    if isinstance(data, dict) and data and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(data)))
        return data | {key: mutated(data[key], draw)}
    if isinstance(data, list) and data and draw(st.booleans()):
        return [mutated(data[0], draw), *data[1:]]
    return draw(VALUES)


STREAMS = [
    (openai.CHAT, "litellm-[cr]*"),
    (anthropic.MESSAGES, "litellm-anth*"),
    (ai_sdk.UI_STREAM, "vercel*"),
    (ag_ui.AGENT, "agui*"),
]


@pytest.mark.parametrize(("dialect", "pattern"), STREAMS, ids=lambda one: getattr(one, "name", ""))
@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_a_turn_ends_whatever_json_its_stream_holds(dialect: Any, pattern: str, data: st.DataObject) -> None:
    known = recorded_once(pattern)
    turn = Turn(OwnQuestion("", ""), 0.0, LIMITS, False)
    streamed = StreamedTurn(turn, dialect)
    streamed.feed(HEAD, 0.0)
    for number in range(data.draw(st.integers(1, 4))):
        event = mutated(data.draw(st.sampled_from(known)), data.draw)
        streamed.feed(b"data: " + json.dumps(event).encode() + b"\n\n", number / 10)
    streamed.closed(1.0)
    assert turn.closed and (turn.failure is not None or turn.final_at is not None)


@pytest.mark.parametrize("dialect", [chainlit.SESSION, open_webui.CHATS], ids=lambda one: one.name)
@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_an_event_with_any_payload_raises_nothing(dialect: Any, data: st.DataObject) -> None:
    known = recorded_once("chainlit*" if dialect is chainlit.SESSION else "openwebui*")
    _, own = dialect.ask(Conversation(model="m"), "why?")
    own.reply = own.reply or "run"
    names = ["new_message", "stream_start", "stream_token", "update_message", "events", "odd"]
    for _ in range(data.draw(st.integers(1, 4))):
        event = mutated(data.draw(st.sampled_from(known)), data.draw)
        if isinstance(event, dict) and "message_id" in event:
            event["message_id"] = own.reply
        for one in dialect.read(own, Event(data.draw(st.sampled_from(names)), event)):
            assert isinstance(getattr(one, "text", ""), str)


_KNOWN: dict[str, list[Any]] = {}


def recorded_once(pattern: str) -> list[Any]:
    return _KNOWN.setdefault(pattern, recorded(pattern))


@pytest.mark.parametrize("dialect", OTHERS, ids=lambda one: one.name)
def test_a_question_is_json_and_holds_the_whole_conversation(dialect: Any) -> None:
    conversation = Conversation(model="m", said=[("first?", "one")])
    sent, own = dialect.ask(conversation, "second?")
    body = json.dumps(sent.body if hasattr(sent, "body") else sent.data)
    assert "second?" in body and own.text == "second?"
    assert ("first?" in body and "one" in body) or dialect is chainlit.SESSION  # the session keeps the conversation


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("x = 1", "not a Backend"),
        (
            "from reznet_load.dialects.common import Backend\nDIALECT = Backend('a', 'A')",
            "not a Backend with ask and read",
        ),
        ("(", "SyntaxError"),
    ],
)
def test_a_file_without_a_complete_dialect_raises_a_config_error(source: str, reason: str, tmp_path: Any) -> None:
    path = tmp_path / "mine.py"
    path.write_text(source)
    with pytest.raises(ConfigError, match=reason):
        of_file.load(str(path))

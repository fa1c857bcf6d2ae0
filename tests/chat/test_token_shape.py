"""Reading only the text of tokens gives the same turn as decoding them in full, for any events and any split into
reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reznet_load.chat.dialect import Error, Event, OwnQuestion, TextDelta
from reznet_load.chat.failure import Failure
from reznet_load.chat.streamed import StreamedTurn
from reznet_load.chat.token_shape import learned
from reznet_load.chat.turn import Turn
from reznet_load.core.settings.settings import Timeouts
from reznet_load.dialects import ag_ui, ai_sdk, anthropic, openai
from reznet_load.dialects.common import Backend, Said

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
LIMITS = Timeouts(gap=1.0, reply=1e6)


def sse(data: Any, name: str = "", escaped: bool = False) -> bytes:
    return (
        (f"event: {name}\n" if name else "").encode()
        + b"data: "
        + json.dumps(data, ensure_ascii=escaped).encode()
        + b"\n\n"
    )


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


def of_completions(text: str) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return sse({"id": "word", "model": "m", "choices": [choice], "system_fingerprint": "word"})


def of_responses(text: str) -> bytes:
    return sse({"type": "response.output_text.delta", "delta": text}, "response.output_text.delta")


def of_messages(text: str) -> bytes:
    data = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
    return sse(data, "content_block_delta")


def of_ui_stream(text: str) -> bytes:
    return sse({"type": "text-delta", "id": "word", "delta": text})


def of_agent(text: str) -> bytes:
    return sse({"type": "TEXT_MESSAGE_CONTENT", "messageId": "word", "delta": text})


DIALECTS: list[tuple[Any, Callable[[str], bytes]]] = [
    (openai.CHAT, of_completions),
    (openai.RESPONSES, of_responses),
    (anthropic.MESSAGES, of_messages),
    (ai_sdk.UI_STREAM, of_ui_stream),
    (ag_ui.AGENT, of_agent),
]
EACH = pytest.mark.parametrize(("dialect", "event"), DIALECTS, ids=[one[0].name for one in DIALECTS])
WORDS = st.sampled_from(["word", "word ", "", '"', "\\", "a\nb", "Grüße", "😀", "\u2028", "}", "[DONE]"]) | st.text(
    max_size=6
)


def heard(dialect: Any, reads: list[bytes]) -> Turn:
    """The turn from reads 10 ms apart, followed by the end of the connection."""
    turn = Turn(OwnQuestion("", ""), 0.0, LIMITS, False, kept=10_000)
    streamed = StreamedTurn(turn, dialect)
    for number, data in enumerate(reads):
        streamed.feed(data, number / 100)
    streamed.closed(len(reads) / 100)
    return turn


def facts(turn: Turn) -> dict[str, Any]:
    return vars(turn) | {"_text": turn.said, "own": None}


SPOILING = st.sampled_from(b'"\\\r\n{}0fx:\x00\xff')


def spoiled(data: st.DataObject, whole: bytes) -> bytes:
    """`whole`, with another byte in a place or two."""
    found = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 2))):
        found[data.draw(st.integers(0, len(found) - 1))] = data.draw(SPOILING)
    return bytes(found)


def read_in_parts(data: st.DataObject, stream: bytes) -> list[bytes]:
    """Cut at ends of chunks, and anywhere."""
    ends = [at for at in range(len(HEAD), len(stream)) if stream[:at].endswith(b"\n\n\r\n")] or [len(stream)]
    cuts = data.draw(st.sets(st.sampled_from(ends))) | data.draw(st.sets(st.integers(0, len(stream)), max_size=3))
    return [stream[begin:end] for begin, end in pairwise([0, *sorted(cuts), len(stream)])]


@EACH
@given(data=st.data())
@settings(deadline=None, max_examples=80)
def test_reading_by_shape_gives_the_same_turn_as_full_decoding(
    dialect: Any, event: Callable[[str], bytes], data: st.DataObject
) -> None:
    events = [event(word) for word in data.draw(st.lists(WORDS, min_size=2, max_size=10))]
    place = data.draw(st.integers(0, len(events) - 1))
    events[place] = spoiled(data, events[place])
    reads = read_in_parts(data, HEAD + b"".join(map(chunk, events)))
    assert facts(heard(dialect, reads)) == facts(heard(replace(dialect, tokens_alike=False), reads))


@given(data=st.data(), words=st.lists(WORDS, min_size=2, max_size=10))
@settings(deadline=None, max_examples=80)
def test_a_broken_encoding_also_fails_when_read_by_shape(data: st.DataObject, words: list[str]) -> None:
    stream = HEAD + b"".join(chunk(of_completions(word)) for word in words)
    reads = read_in_parts(data, HEAD + spoiled(data, stream[len(HEAD) :]))
    ours, other = heard(openai.CHAT, reads), heard(replace(openai.CHAT, tokens_alike=False), reads)
    assert (ours.failure is None, ours.detail) == (other.failure is None, other.detail)
    assert ours.said.startswith(other.said)  # tokens that came in one read with the fault did come


TOKENS = [chunk(of_completions(word)) for word in ("a", "b")]
FORGED = of_completions("TEXT").replace(b"TEXT", b'c", "reasoning_content": "d')
ODD = {
    "a quote in the text, and reasoning after it": [chunk(FORGED)],
    "a line of data before it": [chunk(b"data: 1\n"), TOKENS[0]],
    "a part of a line before it": [chunk(b"data: "), TOKENS[0]],
    "a chunk that holds what looks like one": [b"1000\r\n", TOKENS[0]],
    "a size that is too small": [TOKENS[0].replace(b"\r\n", b"\r\n ", 1)],
    "a size with a sign": [b"+" + TOKENS[0]],
    "a size with zeros before it": [b"00" + TOKENS[0]],
    "bytes that are no UTF-8": [chunk(of_completions("TEXT").replace(b"TEXT", b"\xff"))],
    "a line feed in the text": [chunk(of_completions("TEXT").replace(b"TEXT", b"c\nd"))],
    "a tab in the text": [chunk(of_completions("TEXT").replace(b"TEXT", b"c\td"))],
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_events_that_only_look_like_tokens_are_decoded_in_full(odd: list[bytes]) -> None:
    reads = [HEAD, *TOKENS, *odd, TOKENS[1]]
    ours, other = heard(openai.CHAT, reads), heard(replace(openai.CHAT, tokens_alike=False), reads)
    assert facts(ours) == facts(other) and ours.said.startswith("ab")


@EACH
def test_most_tokens_are_not_decoded(
    dialect: Any, event: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []
    read = type(dialect).read
    monkeypatch.setattr(type(dialect), "read", lambda self, own, one: decoded.append(one) or read(self, own, one))
    turn = heard(dialect, [HEAD, *[chunk(event(f"w{n}\n")) * 3 for n in range(100)]])
    assert turn.said == "".join(f"w{n}\n" * 3 for n in range(100)) and turn.chunks == 300
    assert (len(turn.gaps), turn.received) == (99, 300) and len(decoded) < 10


def test_a_late_token_read_by_shape_is_a_stall() -> None:
    turn = Turn(OwnQuestion("", ""), 0.0, LIMITS, False)
    streamed = StreamedTurn(turn, openai.CHAT)
    for at, data in (
        (0.0, HEAD),
        *((n / 10, chunk(of_completions("a"))) for n in range(5)),
        (1.5, chunk(of_completions("b"))),
    ):
        streamed.feed(data, at)
    assert (turn.failure, turn.final_at, turn.said) == (Failure.STALL, 1.4, "aaaaa")


def test_an_ambiguous_shape_is_not_learned() -> None:
    own = OwnQuestion("", "")
    assert learned(openai.CHAT, own, of_completions("word")) is None  # first and last place are ids
    assert learned(openai.CHAT, own, of_completions("other")) is not None
    assert learned(ai_sdk.UI_STREAM, own, sse({"type": "text-delta", "delta": "слово"}, escaped=True)) is not None
    assert learned(openai.CHAT, own, of_completions("")) is None
    assert learned(openai.CHAT, own, sse({"choices": [{"delta": {"content": "a"}, "finish_reason": "stop"}]})) is None
    assert learned(openai.CHAT, own, b"data: [DONE]\n\n") is None


@dataclass(frozen=True)
class Own(Backend):
    """A user's dialect that looks into the text."""

    def read(self, own: OwnQuestion, event: Event) -> Said:
        text = event.data["text"]
        return (Error(text),) if text.startswith("failed") else (TextDelta(text),)


def test_a_dialect_without_the_declaration_reads_each_event() -> None:
    turn = heard(Own("own", "Own"), [HEAD, *[chunk(sse({"text": word})) for word in ("a", "b", "c", "failed: d")]])
    assert (turn.failure, turn.detail, turn.said) == (Failure.ERROR_IN_STREAM, "failed: d", "abc")

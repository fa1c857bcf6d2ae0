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
from reznet_load.chat.token_shape import TokenShapes
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
    """`whole` with at most two bytes replaced."""
    found = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 2))):
        found[data.draw(st.integers(0, len(found) - 1))] = data.draw(SPOILING)
    return bytes(found)


def read_in_parts(data: st.DataObject, stream: bytes) -> list[bytes]:
    """`stream`, cut at some ends of chunks and at up to three other places."""
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
    assert ours.said.startswith(other.said)  # tokens that came in the same read as the fault count


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


def numbered(text: str, number: int, reply: str = "r1", padding: str = "aB3") -> bytes:
    """A token event as OpenAI's Responses API sends it: with the reply's id, a running number and padding of random length."""
    data = {"type": "response.output_text.delta", "item_id": f"msg_{reply}", "output_index": 0, "delta": text}
    return chunk(sse(data | {"sequence_number": number, "obfuscation": padding}, "response.output_text.delta"))


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """A list that grows by each event that is decoded from now on."""
    decoded: list[Event] = []
    read = type(openai.RESPONSES).read
    monkeypatch.setattr(
        type(openai.RESPONSES), "read", lambda self, own, one: decoded.append(one) or read(self, own, one)
    )
    return decoded


def test_words_that_vary_between_tokens_need_no_decoding_either(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = counted(monkeypatch)
    reads = [numbered(f"w{n} ", n, padding="xY1z"[: 1 + n % 4]) for n in range(3, 203)]
    turn = heard(openai.RESPONSES, [HEAD, *reads])
    assert turn.said == "".join(f"w{n} " for n in range(3, 203)) and turn.chunks == 200 and len(decoded) < 25


def test_the_next_reply_is_read_by_the_shapes_that_the_last_reply_taught(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes, decoded = TokenShapes(), counted(monkeypatch)
    for reply in ("r1", "r2", "r3", "r4"):
        before = len(decoded)
        streamed = StreamedTurn(Turn(OwnQuestion("", ""), 0.0, LIMITS, False), openai.RESPONSES, shapes)
        for n in range(50):
            streamed.feed((HEAD if not n else b"") + numbered(f"w{n} ", n, reply), n / 100)
        assert streamed.turn.chunks == 50
    assert len(decoded) - before == 1  # the first token, which changes the turn's state


@given(data=st.data())
@settings(deadline=None, max_examples=80)
def test_reading_events_with_varying_words_by_shape_gives_the_same_turn_as_full_decoding(data: st.DataObject) -> None:
    numbers = st.integers(0, 10**20) | st.sampled_from([-1, 0.5])
    padding = st.text("aZ9_-.=", max_size=4) | st.sampled_from(['"', "\\", "ü", "", "a b"])
    event = st.tuples(WORDS, numbers, st.sampled_from(["r1", "r2"]), padding)
    events = [numbered(*one) for one in data.draw(st.lists(event, min_size=3, max_size=12))]
    place = data.draw(st.integers(0, len(events) - 1))
    events[place] = chunk(spoiled(data, events[place].partition(b"\r\n")[2].removesuffix(b"\r\n")))
    reads = read_in_parts(data, HEAD + b"".join(events))
    assert facts(heard(openai.RESPONSES, reads)) == facts(heard(replace(openai.RESPONSES, tokens_alike=False), reads))


@dataclass(frozen=True)
class OfKinds(Backend):
    """A dialect in which the word `kind` decides what an event means: 1, 2, `a` and `b` are text, others are errors."""

    tokens_alike: bool = True

    def read(self, own: OwnQuestion, event: Event) -> Said:
        kind, text = event.data["kind"], event.data["text"]
        return (TextDelta(text),) if kind in (1, 2, "a", "b") else (Error(text),)


@pytest.mark.parametrize("kinds", [(1, 2, 1, 3), ("a", "b", "a", "err")])
def test_a_word_that_changes_the_meaning_of_an_event_may_not_vary(kinds: tuple[Any, ...]) -> None:
    reads = [HEAD, *[chunk(sse({"kind": kind, "text": f"t{n}"})) for n, kind in enumerate(kinds)]]
    turn = heard(OfKinds("kinds", "Kinds"), reads)
    assert (turn.failure, turn.detail, turn.said) == (Failure.ERROR_IN_STREAM, "t3", "t0t1t2")


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
    def learned(dialect: Any, event: bytes) -> object:
        return TokenShapes().learn(dialect, OwnQuestion("", ""), event)

    assert learned(openai.CHAT, of_completions("word")) is None  # first and last place are ids
    assert learned(openai.CHAT, of_completions("other")) is not None
    assert learned(ai_sdk.UI_STREAM, sse({"type": "text-delta", "delta": "слово"}, escaped=True)) is not None
    assert learned(openai.CHAT, of_completions("")) is None
    assert learned(openai.CHAT, sse({"choices": [{"delta": {"content": "a"}, "finish_reason": "stop"}]})) is None
    assert learned(openai.CHAT, b"data: [DONE]\n\n") is None


@dataclass(frozen=True)
class ReadsText(Backend):
    """A user's dialect in which the text decides what an event means."""

    def read(self, own: OwnQuestion, event: Event) -> Said:
        text = event.data["text"]
        return (Error(text),) if text.startswith("failed") else (TextDelta(text),)


def test_a_dialect_that_does_not_declare_tokens_alike_reads_each_event() -> None:
    turn = heard(
        ReadsText("own", "Own"), [HEAD, *[chunk(sse({"text": word})) for word in ("a", "b", "c", "failed: d")]]
    )
    assert (turn.failure, turn.detail, turn.said) == (Failure.ERROR_IN_STREAM, "failed: d", "abc")

"""Frames against an independent implementation: PyPI `websockets` as the server's side."""

from __future__ import annotations

import itertools
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from reznet_load.protocols.closing import ProtocolError, close_code
from reznet_load.protocols.deflate import OFFER, Inflater, Parameters, deflate, negotiate
from reznet_load.protocols.frames import OP_CLOSE, OP_PING, OP_TEXT, OTHERS, FrameReader
from reznet_load.protocols.outgoing import encode
from reznet_load.protocols.prefixes import Prefixes

# Events that may be skipped unread, with an id in short keys or in long ones.
STARTS = (b'42["message_stream",{"mid":"', b'42["message_stream",{"message_id":"')


def reader_of(deflated: bool = False) -> FrameReader:
    return FrameReader(Inflater(Parameters()) if deflated else None, chunks=Prefixes(*STARTS))


def server_frame(payload: bytes, opcode: int = OP_TEXT, fin: bool = True, extensions: list | None = None) -> bytes:
    return Frame(Opcode(opcode), payload, fin=fin).serialize(mask=False, extensions=extensions or [])


payloads = st.binary(max_size=300) | st.integers(0, 70_000).map(lambda size: b"x" * size)


@given(st.lists(payloads, max_size=8), st.lists(st.floats(0, 1), max_size=40), st.booleans())
@settings(deadline=None)
def test_any_split_into_reads_gives_the_same_messages(messages: list[bytes], cuts: list[float], alone: bool) -> None:
    """`alone` offers each read to `FrameReader.alone` first, as the reactor does."""
    stream = b"".join(server_frame(message) for message in messages)
    at = [0, *sorted(int(cut * len(stream)) for cut in cuts), len(stream)]
    reader, got = FrameReader(), []
    for begin, end in itertools.pairwise(at):
        message = reader.alone(bytearray(stream[begin:end]), end - begin) if alone else None
        got += reader.feed(stream[begin:end]) if message is None else [(OP_TEXT, message)]
    assert [payload for _, payload in got] == messages
    assert reader.counts.messages == len(messages) and reader.counts.wire_bytes == sum(map(len, messages))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535])
def test_a_read_of_exactly_one_frame_gives_the_message(size: int) -> None:
    reader, frame = FrameReader(), server_frame(b"x" * size)
    assert reader.alone(bytearray(frame), len(frame)) == b"x" * size
    counts = reader.counts
    assert (counts.messages, counts.wire_bytes, counts.plain_bytes) == (1, size, size)


@pytest.mark.parametrize(
    "first", [server_frame(b"a", fin=False), server_frame(b"abc")[:3], server_frame(b"\x03\xe8", OP_CLOSE)]
)
def test_a_frame_counts_as_alone_only_between_messages(first: bytes) -> None:
    reader = FrameReader()
    reader.feed(first)
    assert reader.alone(bytearray(server_frame(b"x")), 3) is None and reader.counts.messages == 0


def test_reads_other_than_one_whole_text_frame_are_left_to_feed() -> None:
    whole = server_frame(b"hello")
    for data in (b"", whole[:1], whole[:-1], whole * 2, server_frame(b"p", OP_PING), b"\xc1" + whole[1:]):
        behind = bytearray(data + whole * 40)  # the buffer holds what earlier reads left
        assert FrameReader().alone(behind, len(data)) is None


def test_one_byte_at_a_time() -> None:
    stream = server_frame(b"hello") + server_frame(b"p", OP_PING) + server_frame(b"y" * 200)
    reader = FrameReader()
    got = [one for byte in stream for one in reader.feed(bytes([byte]))]
    assert got == [(OP_TEXT, b"hello"), (OP_PING, b"p"), (OP_TEXT, b"y" * 200)]


def test_fragments_with_a_ping_between_are_one_message() -> None:
    stream = server_frame(b"ab", fin=False) + server_frame(b"!", OP_PING) + server_frame(b"cd", 0) + server_frame(b"e")
    assert FrameReader().feed(stream) == [(OP_PING, b"!"), (OP_TEXT, b"abcd"), (OP_TEXT, b"e")]


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("bits", [9, 12, 15])
def test_compressed_messages_of_a_peer_are_read(takeover: bool, bits: int) -> None:
    peer = PerMessageDeflate(not takeover, False, 15, bits)  # remote/local are the peer's view
    peer.local_no_context_takeover = not takeover
    messages = [f'42["message_stream",{{"mid":"{n}","ch":"word "}}]'.encode() * (n + 1) for n in range(30)]
    stream = b"".join(server_frame(message, extensions=[peer]) for message in messages)
    reader = FrameReader(Inflater(Parameters(server_takeover=takeover, server_bits=bits)))
    assert [payload for _, payload in reader.feed(stream)] == messages
    assert reader.counts.wire_bytes < reader.counts.plain_bytes == sum(map(len, messages))


CHUNKS = [
    f'42["message_stream",{{"{key}":"{id}","ch":"{word}"}}]'.encode()
    for key in ("mid", "message_id")
    for id in ("mine", "mine-too", "theirs", "m\\u0069ne", "m" * 80)
    for word in ("word ", "it.\\n", "w" * 90, "w" * 70_000)
]


@pytest.mark.parametrize("deflated", [False, True], ids=["plain", "deflated"])
@given(st.lists(st.sampled_from([*CHUNKS, b"2", b'42["pong",{}]', b"x" * 200, CHUNKS[0][:20]]), max_size=6))
@settings(deadline=None)
def test_skipped_chunks_belong_to_other_users_and_are_counted_like_read_ones(
    deflated: bool, messages: list[bytes]
) -> None:
    peer = [PerMessageDeflate(False, False, 15, 15)] if deflated else []
    fast, slow = (reader_of(deflated) for _ in range(2))
    fast.want({b"mine", b"another"})
    for message in messages:
        frame = server_frame(message, extensions=peer)
        got = fast.alone(bytearray(frame), len(frame))
        if got is OTHERS:
            assert next(iter(json.loads(message[2:])[1].values())) != "mine"
        else:
            assert fast.feed(frame) == [(OP_TEXT, message)] if got is None else got == message
            assert b'"theirs"' not in message or len(frame) > 65_000
        slow.feed(frame)
    assert fast.counts == slow.counts


@pytest.mark.parametrize("deflated", [False, True], ids=["plain", "deflated"])
@given(st.lists(st.sampled_from([*CHUNKS, b"2", b'42["pong",{}]', CHUNKS[0][:20]]), max_size=8), st.floats(0, 1))
@settings(deadline=None)
def test_a_user_that_waits_for_nothing_gets_all_events_except_chunks(
    deflated: bool, messages: list[bytes], cut: float
) -> None:
    peer = [PerMessageDeflate(False, False, 15, 15)] if deflated else []
    stream = b"".join(server_frame(message, extensions=peer) for message in messages)
    at = int(cut * len(stream))
    resting, awaiting = (reader_of(deflated) for _ in range(2))
    resting.awaits = False
    everything = awaiting.feed(stream)
    assert [payload for _, payload in everything] == messages
    left = resting.feed(stream[:at]) + resting.feed(stream[at:])
    assert left == [one for one in everything if not one[1].startswith(STARTS)]
    assert resting.counts == awaiting.counts


def test_a_user_that_waits_for_nothing_still_gets_wanted_chunks() -> None:
    reader = reader_of()
    reader.awaits = False
    reader.want({b"mine"})
    assert [payload for _, payload in reader.feed(server_frame(CHUNKS[0]) + server_frame(b"2"))] == [CHUNKS[0], b"2"]


def test_without_wanted_messages_every_chunk_is_skipped() -> None:
    reader = reader_of()
    for message in CHUNKS:
        frame = server_frame(message)
        if len(frame) < 65_000:
            assert reader.alone(bytearray(frame), len(frame)) is OTHERS


@pytest.mark.parametrize("begun", [b"\x81\x05he", b"\x81", b"\x01\x02he"], ids=["frame", "head", "fragments"])
def test_nothing_is_skipped_within_a_fragmented_message(begun: bytes) -> None:
    reader = reader_of()
    assert reader.feed(begun) == []
    frame = server_frame(CHUNKS[-1])
    assert reader.alone(bytearray(frame), len(frame)) is None


def test_a_bomb_is_refused_before_it_unfolds() -> None:
    packer = zlib.compressobj(wbits=-15)
    bomb = packer.compress(b"\0" * 50_000_000) + packer.flush(zlib.Z_SYNC_FLUSH)
    frame = bytearray(server_frame(bomb[:-4]))
    frame[0] |= 0x40
    with pytest.raises(ProtocolError) as error:
        FrameReader(Inflater(Parameters()), max_message=1 << 20).feed(bytes(frame))
    assert error.value.code == 1009


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (b"\x81\x85" + b"mask" + b"hello", 1002),
        (b"\xc1\x01x", 1002),
        (b"\x83\x01x", 1002),
        (b"\x09\x00", 1002),
        (b"\x89\x7e\x00\x80" + b"x" * 128, 1002),
        (b"\x80\x01x", 1002),
        (b"\x01\x01x\x81\x01y", 1002),
        (b"\x81\x7f\x80" + b"\0" * 7, 1002),
        (b"\x81\x7f" + (1 << 40).to_bytes(8), 1009),
    ],
)
def test_protocol_errors_have_their_close_codes(stream: bytes, code: int) -> None:
    with pytest.raises(ProtocolError) as error:
        FrameReader().feed(stream)
    assert error.value.code == code


@given(payloads, st.binary(min_size=4, max_size=4))
def test_our_frames_are_read_by_an_independent_parser(payload: bytes, mask: bytes) -> None:
    frame = encode(OP_TEXT, payload, mask)
    parser = Frame.parse(_reader(frame), mask=True, max_size=None, extensions=[])
    parsed = None
    try:
        while True:
            next(parser)
    except StopIteration as stop:
        parsed = stop.value
    assert parsed is not None and bytes(parsed.data) == payload and parsed.fin


def _reader(data: bytes):
    position = 0

    def read(size: int):
        nonlocal position
        yield from ()
        position += size
        return data[position - size : position]

    return read


def test_close_codes() -> None:
    assert close_code(b"") == (1005, "") and close_code(b"\x03\xe8bye") == (1000, "bye")
    for bad in (b"\x03", b"\x03\xed", b"\x00\x01"):
        with pytest.raises(ProtocolError):
            close_code(bad)
    assert FrameReader().feed(server_frame(b"\x03\xe8", OP_CLOSE) + b"junk") == [(OP_CLOSE, b"\x03\xe8")]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("permessage-deflate", Parameters()),
        ("permessage-deflate; server_no_context_takeover", Parameters(server_takeover=False)),
        (
            "permessage-deflate; server_max_window_bits=12; client_max_window_bits=10",
            Parameters(server_bits=12, client_bits=10),
        ),
    ],
)
def test_answers_to_our_offer(header: str | None, expected: Parameters | None) -> None:
    assert negotiate(header) == expected and "permessage-deflate" in OFFER


@pytest.mark.parametrize(
    "header",
    [
        "x-other",
        "permessage-deflate; odd",
        "permessage-deflate; server_max_window_bits=20",
        "permessage-deflate, x",
        "permessage-deflate; server_no_context_takeover=1",
    ],
)
def test_extensions_that_were_not_offered_are_refused(header: str) -> None:
    with pytest.raises(ProtocolError):
        negotiate(header)


def test_a_message_may_refer_to_an_earlier_one_after_a_final_block() -> None:
    first, second = b"the same words again and again", b"the same words again and again, once more"
    ending = zlib.compressobj(wbits=-15)
    following = zlib.compressobj(wbits=-15, zdict=first)
    inflater = Inflater(Parameters())
    assert inflater.inflate(ending.compress(first) + ending.flush() + b"\0", 1 << 20) == first
    packed = (following.compress(second) + following.flush(zlib.Z_SYNC_FLUSH))[:-4]
    assert inflater.inflate(packed, 1 << 20) == second


@given(st.binary(max_size=2000))
def test_deflate_round_trip(payload: bytes) -> None:
    assert Inflater(Parameters()).inflate(deflate(payload), 1 << 20) == payload

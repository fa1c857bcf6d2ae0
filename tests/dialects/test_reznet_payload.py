"""Packets of Socket.IO and the payloads of RezNet: short keys, batches, gzipped events and chunks of other replies."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.chat.dialect import Event
from reznet_load.dialects.every import DEFAULT
from reznet_load.dialects.reznet_payload import expand
from reznet_load.dialects.reznet_places import KEYS
from reznet_load.protocols.packets import Assembler, PacketError, event, parse


def heard(payload: bytes) -> list[Event]:
    packet = Assembler().feed_text(payload)
    assert packet is not None
    return DEFAULT.hear(packet)


def test_short_keys_are_expanded_also_in_nested_objects() -> None:
    (one,) = heard(b'42["message_new",{"cid":"c","an":"u","m":{"err":true,"irt":"x"}}]')
    assert one.data == {"channel_id": "c", "author_name": "u", "metadata": {"error": True, "in_reply_to": "x"}}


@given(
    st.recursive(
        st.dictionaries(st.sampled_from(["mid", "c", "m", "odd"]), st.integers(), max_size=4),
        lambda inner: st.dictionaries(st.sampled_from(["m", "messages", "d"]), inner | st.lists(inner), max_size=3),
    )
)
def test_the_bytes_that_short_keys_save_are_those_that_long_keys_add(data: dict) -> None:
    assert DEFAULT.spared(data) == len(json.dumps(expand(data, KEYS))) - len(json.dumps(data))


def test_an_event_that_a_batch_of_v1_repeats_counts_once() -> None:
    item = {"e": "user_typing", "d": {"cid": "c", "un": "u1"}}
    other = {"e": "user_typing", "d": {"cid": "c", "un": "u2"}}
    batch = {"batch": True, "messages": [item, item, other, other, item, item]}
    assert [one.data["user_name"] for one in heard(event("message_batch", batch))] == ["u1", "u2", "u1"]


def test_a_gzipped_event_comes_as_an_attachment() -> None:
    assembler = Assembler()
    assert assembler.feed_text(b'451-["message_new:gz",{"_placeholder":true,"num":0}]') is None
    packet = assembler.feed_binary(gzip.compress(json.dumps({"c": "long " * 4000}).encode()))
    assert packet is not None
    (one,) = DEFAULT.hear(packet)
    assert one.name == "message_new" and one.data["content"].startswith("long ")


@pytest.mark.parametrize(
    "attachment",
    [b"junk", gzip.compress(b"{}")[:-4], gzip.compress(b"not json"), gzip.compress(b"0" * (17 << 20))],
    ids=["junk", "cut off", "no json", "bomb"],
)
def test_an_attachment_that_cannot_be_unpacked_raises_a_packet_error_with_the_event_name(attachment: bytes) -> None:
    assembler = Assembler()
    assembler.feed_text(b'451-["message_new:gz",{"_placeholder":true,"num":0}]')
    packet = assembler.feed_binary(attachment)
    assert packet is not None
    with pytest.raises(PacketError, match="message_new:gz: its attachment"):
        DEFAULT.hear(packet)


def test_a_batch_that_repeats_the_whole_list_gives_each_event_once() -> None:
    items = [{"e": "user_typing", "d": {"un": name}} for name in ("u1", "u2")]
    batch = {"batch": True, "messages": items + items}
    assert [one.data["user_name"] for one in heard(event("message_batch", batch))] == ["u1", "u2"]


def test_equal_chunks_all_count_in_a_batch_that_repeats_nothing() -> None:
    items = [{"e": "message_stream", "d": {"mid": "r", "ch": text}} for text in ("ha", "ha", "!")]
    assert [one.data["chunk"] for one in heard(event("message_batch", {"messages": items}))] == ["ha", "ha", "!"]


def test_deeply_nested_payloads_raise_nothing() -> None:
    (one,) = heard(b'42["message_new",{"m":' + b"[" * 480 + b"]" * 480 + b',"cid":"c"}]')
    assert one.data["channel_id"] == "c"


def test_an_event_in_place_of_an_attachment_raises_a_packet_error() -> None:
    assembler = Assembler()
    assembler.feed_text(b'451-["message_new:gz",{"_placeholder":true,"num":0}]')
    assert assembler.feed_text(b"2") is not None  # a ping of Engine.IO may come here
    with pytest.raises(PacketError, match="where an attachment"):
        assembler.feed_text(b'42["pong",{}]')
    with pytest.raises(PacketError, match="over"):
        assembler.feed_binary(bytes((16 << 20) + 1))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"9",
        b"4",
        b"42",
        b"42{}",
        b"42[]",
        b"42[1]",
        b'42["x"',
        b"45[",
        b'4599-["x"]',
        b'4["x"]',
        b"42" + b"[" * 100_000,
    ],
)
def test_a_payload_that_is_not_a_packet_raises_a_packet_error(payload: bytes) -> None:
    with pytest.raises(PacketError):
        parse(payload)


@given(st.binary(max_size=60))
def test_no_payload_raises_another_error(payload: bytes) -> None:
    try:
        packet = Assembler().feed_text(payload)
    except PacketError:
        return
    if packet is not None and packet.kind == "event":
        DEFAULT.hear(packet)


def test_chunks_are_recognised_by_prefix() -> None:
    assert DEFAULT.prefixes.id_in(b'42["message_stream",{"mid":"abc","ch":"x"}]') == b"abc"
    assert DEFAULT.prefixes.id_in(b'42["message_stream",{"message_id":"abc","chunk":"x"}]') == b"abc"
    assert DEFAULT.prefixes.id_in(b'42["message_stream",{"mid":"a\\"b","ch":"x"}]') is None
    assert DEFAULT.prefixes.id_in(b'42["message_stream",{"ch":"x","mid":"abc"}]') is None


@given(
    st.dictionaries(
        st.sampled_from(["mid", "c", "m", "odd"]), st.integers() | st.dictionaries(st.just("err"), st.booleans())
    )
)
def test_expanding_twice_changes_nothing(data: dict) -> None:
    assert expand(expand(data, KEYS), KEYS) == expand(data, KEYS)

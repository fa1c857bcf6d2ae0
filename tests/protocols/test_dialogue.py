"""The dialogue of Socket.IO, payload by payload."""

from __future__ import annotations

import pytest

from reznet_load.protocols.dialogue import Dialogue, DialogueEndedError
from reznet_load.protocols.packets import PacketError, event


def test_after_the_servers_open_the_client_connects_and_sends_hello_once() -> None:
    dialogue = Dialogue({"token": "t"}, hello=event("ready"))
    assert dialogue.feed(b'0{"sid":"s","pingInterval":25000}') == (b'40{"token": "t"}', None)
    assert not dialogue.connected
    assert dialogue.feed(b'40{"sid":"s"}') == (b'42["ready"]', None) and dialogue.connected
    assert dialogue.feed(b'40{"sid":"s"}') == (b"", None)


def test_an_event_without_an_argument_differs_from_one_with_null() -> None:
    assert (event("clear"), event("clear", None)) == (b'42["clear"]', b'42["clear",null]')


def test_another_namespace_connects_nothing() -> None:
    dialogue = Dialogue()
    assert dialogue.feed(b'40/ws,{"sid":"s"}') == (b"", None) and not dialogue.connected


def test_pings_are_answered_and_events_come_out_even_before_the_acknowledgement() -> None:
    dialogue = Dialogue()
    assert dialogue.feed(b"2") == (b"3", None)
    answer, packet = dialogue.feed(b'42["connection_established",{"sid":"s"}]')
    assert answer == b"" and packet is not None and packet.name == "connection_established"


def test_an_attachment_belongs_to_the_event_before_it() -> None:
    dialogue = Dialogue()
    assert dialogue.feed(b'451-["file",{"_placeholder":true,"num":0}]') == (b"", None)
    _, packet = dialogue.feed(b"bytes", binary=True)
    assert packet is not None and (packet.name, packet.data) == ("file", b"bytes")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'44{"message":"not you"}', "connect refused: not you"),
        (b"41", "disconnected: the server ended the session"),
        (b"1", "disconnected: the server ended the session"),
    ],
)
def test_the_end_of_a_session_has_a_name(payload: bytes, reason: str) -> None:
    with pytest.raises(DialogueEndedError, match=reason):
        Dialogue().feed(payload)


def test_an_invalid_packet_raises() -> None:
    with pytest.raises(PacketError):
        Dialogue().feed(b"9")

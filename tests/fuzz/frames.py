"""Coverage-guided fuzzing of everything a server's bytes go through: `make fuzz` (atheris, two minutes).

Whatever comes, in whatever reads: messages, or ProtocolError, or PacketError. Nothing else, and no read is lost to another.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from reznet_load.chat.dialect import Conversation
    from reznet_load.chat.turn import Turn
    from reznet_load.core.settings.settings import Timeouts
    from reznet_load.dialects.reznet import V1
    from reznet_load.protocols.closing import ProtocolError
    from reznet_load.protocols.deflate import Inflater, Parameters
    from reznet_load.protocols.frames import OP_BINARY, OP_TEXT, FrameReader
    from reznet_load.protocols.packets import Assembler, PacketError

LIMIT = 1 << 16


def one(data: bytes) -> None:
    """The first byte chooses compression and where the rest is cut into two reads."""
    if len(data) < 2:
        return
    choice, stream = data[0], data[1:]
    cut = choice % (len(stream) + 1)
    whole, parts = reader(choice), reader(choice)
    messages, broken = read(whole, [stream])
    again, broken_again = read(parts, [stream[:cut], stream[cut:]], as_the_reactor=True)
    if not broken:
        assert not broken_again and whole.counts == parts.counts and len(again) == len(messages), (messages, again)
    assembler, turn = Assembler(), Turn(V1.ask(Conversation("c"), "hello?")[1], 0.0, Timeouts())
    for number, (opcode, payload) in enumerate(messages):
        try:
            V1.prefixes.id_in(payload)
            if opcode == OP_TEXT:
                packet = assembler.feed_text(payload)
            elif opcode == OP_BINARY:
                packet = assembler.feed_binary(payload)
            else:
                continue
            if packet is not None and packet.kind.endswith("event"):
                V1.spared(packet.data)
                for event in V1.hear(packet):
                    turn.hear(V1, event, float(number))
        except PacketError:
            continue


def reader(choice: int) -> FrameReader:
    """With compression for every second choice."""
    return FrameReader(
        Inflater(Parameters(server_takeover=choice % 4 < 2)) if choice % 2 else None, LIMIT, chunks=V1.prefixes
    )


def read(target: FrameReader, reads: list[bytes], as_the_reactor: bool = False) -> tuple[list[tuple[int, bytes]], bool]:
    """What came before the protocol was broken, and was it?"""
    found: list[tuple[int, bytes]] = []
    try:
        for data in reads:
            alone = target.alone(bytearray(data), len(data)) if as_the_reactor else None
            found += target.feed(data) if alone is None else [(OP_TEXT, alone)]
    except ProtocolError:
        return found, True
    return found, False


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()

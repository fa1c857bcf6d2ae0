"""Frames to the server are compressed if they are long enough and the negotiated window allows it."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
from reznet_load.protocols.deflate import negotiate
from reznet_load.core.settings.settings import Timeouts
from reznet_load.load.sockets.reactor import Reactor
from reznet_load.load.sockets.session import Access, Session
session = Session(Reactor(), Access("http://localhost"), Timeouts())
parameters = negotiate({header!r})
session._deflate_bits = parameters.client_bits if parameters else 0
print([bool(session._framed(b"x" * size)[0] & 0x40) for size in (159, 160)])
"""


@pytest.mark.parametrize(
    ("header", "deflated"),
    [
        (None, [False, False]),
        ("permessage-deflate", [False, True]),
        ("permessage-deflate; client_max_window_bits=9", [False, True]),
        ("permessage-deflate; client_max_window_bits=8", [False, False]),  # zlib cannot compress with this window
    ],
)
def test_long_messages_are_compressed_if_the_window_allows_it(header: str | None, deflated: list[bool]) -> None:
    code = CODE.format(header=header)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert ran.stdout.strip() == str(deflated), ran.stderr

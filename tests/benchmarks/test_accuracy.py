"""The recorder of the accuracy benchmark: what it records, and how its records are read."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import trustme
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.protocol import Protocol, Side

from benchmarks.accuracy import relay, streams, wire
from benchmarks.accuracy.runs import lines

HEAD = b"GET /socket.io/ HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
PLAIN = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
DEFLATED = PLAIN[:-2] + b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12\r\n\r\n"


def conversation(answer: bytes) -> Iterator[relay.Piece]:
    """A question asked at 10.0 s, its echo at 10.003, and a reply of three chunks, of which two leave together."""
    client, server = Protocol(Side.CLIENT), Protocol(Side.SERVER)
    if answer is DEFLATED:
        client.extensions = [PerMessageDeflate(False, False, 15, 12)]
        server.extensions = [PerMessageDeflate(False, False, 12, 15)]

    def framed(side: Protocol, name: str, data: dict[str, object]) -> bytes:
        side.send_text(f"42{json.dumps([name, data])}".encode())
        return b"".join(side.data_to_send())

    def chunk(text: str, final: bool = False) -> bytes:
        return framed(server, "message_stream", {"message_id": "r1", "chunk": text, "is_final": final})

    yield relay.Piece(1, True, 1.0, 1.0, HEAD[:20])
    yield relay.Piece(1, True, 1.0, 1.0, HEAD[20:])
    yield relay.Piece(1, False, 1.1, 1.1, answer[:10])
    yield relay.Piece(1, False, 1.1, 1.1, answer[10:] + framed(server, "connection_established", {}))
    question = framed(client, "message_send", {"channel_id": "c", "content": "why?" * 40})
    yield relay.Piece(1, True, 10.0, 10.5, question)
    echo = {"id": "m1", "author_type": "user", "content": "why?" * 40}
    yield relay.Piece(1, False, 9.0, 10.003, framed(server, "message_new", echo))
    yield relay.Piece(1, False, 9.0, 10.1, framed(server, "message_new", {"id": "r1", "author_type": "agent"}))
    first = chunk("be")
    yield relay.Piece(1, False, 9.0, 10.2, first[:3])  # a frame is there when its last byte is
    yield relay.Piece(1, False, 9.0, 10.25, first[3:])
    yield relay.Piece(1, False, 9.0, 10.45, chunk("cau") + chunk("se"))
    yield relay.Piece(1, False, 9.0, 10.5, chunk("", final=True))
    yield relay.Piece(2, True, 1.0, 1.0, b"GET /health HTTP/1.1\r\n\r\n")


@pytest.mark.parametrize("answer", [PLAIN, DEFLATED], ids=["plain", "deflated"])
def test_a_conversation_is_timed_at_the_outermost_layer_in_both_directions(answer: bytes) -> None:
    (found,) = wire.truth(conversation(answer)).values()
    assert found["id"] == "m1"
    assert [found["echo"], found["first"], *found["gaps"], found["final"]] == pytest.approx([3, 250, 200, 500])


def test_the_kernel_gives_arrival_times_of_bytes_while_the_relay_was_not_running(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [
            sys.executable,
            "-m",
            "benchmarks.accuracy.relay",
            str(server.getsockname()[1]),
            str(tmp_path / "log"),
        ]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            assert child.stdout
            with socket.create_connection(("127.0.0.1", int(child.stdout.readline()))) as client:
                accepted, _ = server.accept()
                accepted.settimeout(10)
                with accepted:
                    client.sendall(b"one")
                    assert accepted.recv(10) == b"one"
                    os.kill(child.pid, signal.SIGSTOP)
                    while psutil.Process(child.pid).status() != psutil.STATUS_STOPPED:
                        time.sleep(0.005)
                    before = time.time()
                    client.sendall(b"two")
                    after = time.time()
                    time.sleep(0.2)  # what the relay is late
                    os.kill(child.pid, signal.SIGCONT)
                    assert accepted.recv(10) == b"two"
            child.communicate(timeout=10)
        finally:
            child.kill()
            child.wait()
    _, late = relay.read(tmp_path / "log")
    assert late.from_client and late.data == b"two"
    assert before - 0.001 <= late.arrived <= after + 0.001 and late.left - late.arrived > 0.19


@pytest.mark.parametrize(("bundle", "tls"), [(1, False), (4, False), (1, True)])
def test_the_sender_stamps_what_it_writes(tmp_path: Path, bundle: int, tls: bool) -> None:
    """By an independent client: the body is read as it comes, and agrees with what the sender noted."""
    authority, pem = trustme.CA(), tmp_path / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(pem)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    log = tmp_path / "log"
    with streams.sending(log, ["--bundle", str(bundle), *(["--pem", str(pem)] if tls else [])]) as port:
        client = (
            http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
            if tls
            else http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        )
        began = time.time()
        client.request("POST", "/v1/chat/completions", b"{}", {"X-Request-ID": "q1"})
        answer = client.getresponse()
        came = [time.time() for line in answer if line.startswith(b"data: {") and b"word" in line]
        client.close()
    (sent,) = list(lines(log))
    assert sent["id"] == "q1" and began <= sent["asked"] < sent["text"][0] and len(came) == bundle * len(sent["text"])
    seen = np.array(came[::bundle]) - np.array(sent["text"])
    assert seen.min() > -0.001 and np.median(seen) < 0.05  # seconds; a busy machine reads late, and never early
    truth = streams.truth([sent])["q1"]
    assert truth["first"] == pytest.approx(1000 * (sent["text"][0] - sent["asked"]))
    assert sum(truth["gaps"]) == pytest.approx(1000 * (sent["text"][-1] - sent["text"][0]))

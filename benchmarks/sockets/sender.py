"""The other side: accepts SOCKETS clients, then sends RATE events a second to each, in a process of its own.

    python -m benchmarks.sockets.sender SOCKETS RATE SECONDS SPACING

Prints its port; ends when the first client goes or after SECONDS, and prints what it sent and how late its worst round
was (JSON). An event goes to all sockets, one write each and one after the other: what a broadcasting backend does.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import sys
import time

from benchmarks.sockets.traffic import frame, frames

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_OPEN = b'0{"sid":"bench","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
# Seconds from one socket's write to the next: an assumption about a backend, not measured on one. It matters: the C loop
# takes 6.4 us an event at 0, where it wakes once for many sockets, 11.4 at 30 and 16.7 at 60, where it wakes for each.
SPACING = 25e-6
_WAIT = 20.0  # seconds for a client's next byte during the handshake


def shake_hands(client: socket.socket) -> bool:
    """Upgrade, Engine.IO open, Socket.IO connect. Was permessage-deflate asked for, and so negotiated?"""
    client.settimeout(_WAIT)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += _some(client)
    key = re.search(rb"(?i)sec-websocket-key: *(\S+)", request)
    assert key is not None, request
    deflated = b"permessage-deflate" in request
    accept = base64.b64encode(hashlib.sha1(key[1] + _GUID).digest())
    answer = [b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade"]
    answer += [b"Sec-WebSocket-Accept: " + accept]
    answer += [b"Sec-WebSocket-Extensions: permessage-deflate"] if deflated else []
    client.sendall(b"\r\n".join(answer) + b"\r\n\r\n" + frame(_OPEN))
    _some(client)  # a Socket.IO connect, the only thing a client says
    client.sendall(frame(b'40{"sid":"bench"}'))
    client.setblocking(False)
    return deflated


def _some(client: socket.socket) -> bytes:
    data = client.recv(65_536)
    if not data:
        raise SystemExit("a client went away during its handshake")
    return data


def broadcast(
    clients: list[socket.socket], packed: list[bytes], rate: float, until: float, spacing: float
) -> dict[str, float]:
    """Send by the clock until somebody hangs up; rounds that are late are sent at once, none is left out."""
    began, rounds, worst = time.monotonic(), 0, 0.0
    try:
        while (now := time.monotonic()) < until:
            due = began + rounds / rate
            if now < due:
                time.sleep(due - now)
                now = time.monotonic()
            worst = max(worst, now - due)
            data = packed[rounds % len(packed)]
            for number, client in enumerate(clients):
                while time.monotonic() < now + number * spacing:
                    pass
                if client.send(data) < len(data):
                    raise SystemExit("a client is so far behind that the kernel takes no more for it")
            rounds += 1
    except ConnectionError:
        pass
    return {"sent": rounds * len(clients), "late_ms": round(worst * 1000, 1)}


def main() -> None:
    """Serve one client process."""
    count, rate, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    until = time.monotonic() + seconds
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        listener.settimeout(_WAIT)
        print(listener.getsockname()[1], flush=True)
        clients, deflated = [], False
        for _ in range(count):
            client, _ = listener.accept()
            deflated = shake_hands(client)
            clients.append(client)
    print(json.dumps(broadcast(clients, frames(deflated), rate, until, float(sys.argv[4]))))


if __name__ == "__main__":
    main()

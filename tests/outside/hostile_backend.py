#!/usr/bin/env python3
"""A hostile RezNet v1 backend, stdlib only.  hostile_backend.py PORT MODE[,MODE…] [--other URL] [--bind ADDR] [--cert F --key F]"""

import argparse
import asyncio
import base64
import hashlib
import json
import os
import ssl
import struct
import time
import uuid
import zlib
from pathlib import Path

ap = argparse.ArgumentParser()
ap.add_argument("port", type=int)
ap.add_argument("mode")
ap.add_argument("--other", default="")
ap.add_argument("--bind", default="127.0.0.1")
ap.add_argument("--cert")
ap.add_argument("--key")
ap.add_argument(
    "--after", type=float, default=0, help="misbehave only this many seconds after the first POST /api/channels"
)
ap.add_argument("--log", default="")
a = ap.parse_args()
MODES = set(a.mode.split(","))
AG = [
    {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, n)), "name": "@" + n, "is_active": True, "config": {}}
    for n in ("alice", "bob")
]
GENERAL = "11111111-2222-3333-4444-555555555555"
CH = {}
T0 = None
LOG = Path(a.log).open("a") if a.log else None
EVILTEXT = "x\x1b[31mRED\x1b]0;pwned\x07\x1b[2J<script>alert('xss')</script><img src=x onerror=alert(1)>|pipe|`tick`\n# Injected heading\n[link](javascript:alert(1))"


def bomb():
    """1 GB of blanks as one compressed message; made once, or it would be this backend that stands still."""
    z = zlib.compressobj(9, wbits=-15)
    return (b"".join(z.compress(b" " * (1 << 20)) for _ in range(1000)) + z.flush(zlib.Z_SYNC_FLUSH))[:-4]


BOMB = bomb() if "deflate-bomb" in MODES else b""


def on(m):
    return m in MODES and (a.after == 0 or (T0 and time.time() - T0 > a.after))


def names():
    if on("evil-names"):
        return [{"id": g["id"], "name": "@al" + EVILTEXT, "is_active": True, "config": {}} for g in AG]
    if on("many-agents"):
        return [
            {"id": str(uuid.UUID(int=i)), "name": f"@agent{i}", "config": {"model": f"m{i}"}} for i in range(200000)
        ]
    return AG


async def http_reply(w, status, body, headers=None, ctype="application/json"):
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    h = {"Content-Type": ctype, "Content-Length": str(len(body)), "Connection": "keep-alive"} | (headers or {})
    w.write(
        f"HTTP/1.1 {status} X\r\n".encode() + "".join(f"{k}: {v}\r\n" for k, v in h.items()).encode() + b"\r\n" + body
    )
    await w.drain()


async def client(r, w):
    global T0
    try:
        while True:
            try:
                head = await r.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            lines = head.decode("latin-1").split("\r\n")
            method, path, _ = lines[0].split(" ", 2)
            hs = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:] if line)}
            body = await r.readexactly(int(hs.get("content-length", 0) or 0))
            if LOG:
                LOG.write(
                    json.dumps(
                        {
                            "t": time.time(),
                            "m": method,
                            "p": path,
                            "auth": hs.get("authorization"),
                            "cookie": hs.get("cookie"),
                            "host": hs.get("host"),
                            "up": hs.get("upgrade"),
                            "x-api-key": hs.get("x-api-key"),
                        }
                    )
                    + "\n"
                )
                LOG.flush()
            if hs.get("upgrade", "").lower() == "websocket":
                return await ws(r, w, hs)
            if not await rest(w, method, path.split("?")[0], hs, body):
                return
    except (ConnectionError, asyncio.CancelledError):
        pass
    finally:
        if "half-open" not in MODES:
            try:
                w.close()
            except Exception:
                pass


async def rest(w, method, p, hs, body):
    global T0
    evil = method == "GET" and T0 is not None
    if evil or "always" in MODES:
        if on("redirect"):
            await http_reply(w, 302, b"", {"Location": a.other + p})
            return True
        if on("redirect-loop"):
            await http_reply(w, 302, b"", {"Location": p})
            return True
        if on("ten-mb"):
            await http_reply(w, 200, b"[" + b'{"id":"' + b"a" * 10_000_000 + b'"}]')
            return True
        if on("gzip-bomb"):
            z = zlib.compressobj(9, wbits=31)
            part = b" " * (1 << 20)
            out = b"".join([z.compress(part) for _ in range(int(os.environ.get("BOMB", "600")))]) + z.flush()
            await http_reply(w, 200, out, {"Content-Encoding": "gzip"})
            return True
        if on("endless-headers"):
            w.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                w.write(b"X-H: " + b"a" * 1000 + b"\r\n")
                await w.drain()
                await asyncio.sleep(0.001)
        if on("endless-body"):
            w.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                w.write(b"400\r\n" + b"a" * 1024 + b"\r\n")
                await w.drain()
                await asyncio.sleep(0.001)
        if on("fast-body"):
            w.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            one = b"10000\r\n" + b" " * 65536 + b"\r\n"
            while True:
                w.write(one)
                await w.drain()
        if on("slow-body"):
            w.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
            while True:
                w.write(b" ")
                await w.drain()
                await asyncio.sleep(1)
        if on("slow-headers"):
            w.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                w.write(b"X: a\r\n")
                await w.drain()
                await asyncio.sleep(1)
        if on("never"):
            await asyncio.sleep(3600)
        if on("deep-json"):
            await http_reply(w, 200, b"[" * 1_000_000 + b"]" * 1_000_000)
            return True
        if on("garbage"):
            w.write(os.urandom(4000))
            await w.drain()
            return False
        if on("garbage-body"):
            await http_reply(w, 200, os.urandom(4000))
            return True
        if on("echo-secret"):
            await http_reply(
                w, 500, json.dumps({"detail": "bad credentials", "headers": hs}).encode(), {"X-Process-Time": "1ms"}
            )
            return True
        if on("evil-errors"):
            await http_reply(w, 500, {"detail": EVILTEXT})
            return True
        if on("half-open"):
            await asyncio.sleep(3600)
        if on("huge-number"):
            await http_reply(
                w, 200, [{"id": 10**400}], {"X-Process-Time": "9" * 400 + "ms", "X-Query-Count": "999999999"}
            )
            return True
    if p == "/api/health":
        await http_reply(
            w,
            200,
            {"status": EVILTEXT if on("evil-names") else "healthy", "commit": EVILTEXT if on("evil-names") else "abc"},
        )
    elif p == "/health":
        await http_reply(w, 404, {})
    elif p == "/api/llm-config":
        await http_reply(
            w,
            200,
            {
                "default_provider": EVILTEXT if on("evil-names") else "anthropic",
                "simulated": True,
                "agent_concurrency": 0,
            },
        )
    elif p == "/api/agents":
        await http_reply(w, 200, names())
    elif p.startswith("/api/agents/"):
        await http_reply(w, 200, AG[0])
    elif p == "/api/channels" and method == "POST":
        T0 = T0 or time.time()
        if on("echo-secret-post"):
            await http_reply(w, 500, {"detail": "nope", "headers": hs})
            return True
        if on("evil-post"):
            await http_reply(w, 500, {"detail": EVILTEXT})
            return True
        if on("huge-post"):
            await http_reply(w, 500, {"detail": "A" * 5_000_000})
            return True
        if on("redirect-post"):
            await http_reply(w, 307, b"", {"Location": a.other + p})
            return True
        i = str(uuid.uuid4())
        d = json.loads(body)
        CH[i] = {"id": i, "name": d.get("name"), "topic": d.get("topic")}
        if on("wrong-id"):
            CH[GENERAL] = {"id": GENERAL, "name": "general"}
            await http_reply(w, 200, CH[GENERAL])
            return True
        if on("evil-channel-id"):
            CH[i]["id"] = "../../../..pwned\n<script>"
        await http_reply(w, 200, CH[i])
    elif p == "/api/channels":
        if on("many-channels"):
            await http_reply(w, 200, [{"id": str(uuid.UUID(int=i)), "name": f"c{i}"} for i in range(200000)])
        else:
            await http_reply(w, 200, list(CH.values()) + ([{"id": "e", "name": EVILTEXT}] if on("evil-names") else []))
    elif p.endswith("/messages"):
        await http_reply(w, 200, [])
    elif method == "DELETE":
        CH.pop(p.rsplit("/", 1)[1], None)
        await http_reply(w, 200, {})
    elif p.startswith("/api/channels/"):
        await http_reply(w, 200, CH.get(p.rsplit("/", 1)[1], {"id": "x"}))
    else:
        await http_reply(w, 404, {})
    return True


def frame(data, op=1, rsv=0):
    if isinstance(data, str):
        data = data.encode()
    n = len(data)
    b = bytes([0x80 | op | rsv])
    if n < 126:
        b += bytes([n])
    elif n < 65536:
        b += b"\x7e" + struct.pack(">H", n)
    else:
        b += b"\x7f" + struct.pack(">Q", n)
    return b + data


class Sock:
    def __init__(s, w):
        s.w = w

    def ev(s, name, data):
        s.w.write(frame("42" + json.dumps([name, data])))

    def raw(s, *x, **k):
        s.w.write(frame(*x, **k))


SOCKS = []
TASKS = []


async def read_frame(r):
    h = await r.readexactly(2)
    n = h[1] & 127
    if n == 126:
        n = struct.unpack(">H", await r.readexactly(2))[0]
    elif n == 127:
        n = struct.unpack(">Q", await r.readexactly(8))[0]
    m = await r.readexactly(4)
    d = bytearray(await r.readexactly(n))
    for i in range(n):
        d[i] ^= m[i & 3]
    d = bytes(d)
    if h[0] & 0x40:
        d = zlib.decompressobj(-15).decompress(d + b"\x00\x00\xff\xff")
    return h[0] & 15, d


async def ws(r, w, hs):
    if on("ws-redirect"):
        w.write(
            f"HTTP/1.1 302 Found\r\nLocation: {a.other.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket\r\nContent-Length: 0\r\n\r\n".encode()
        )
        await w.drain()
        w.close()
        return
    if on("ws-slow-headers"):
        w.write(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            w.write(b"X: a\r\n")
            await w.drain()
            await asyncio.sleep(0.5)
    if on("ws-endless-headers"):
        w.write(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            w.write(b"X-H: " + b"a" * 10000 + b"\r\n")
            await w.drain()
    if on("ws-long-line"):
        w.write(b"HTTP/1.1 101 Switching Protocols\r\nX: ")
        while True:
            w.write(b"a" * 65536)
            await w.drain()
            await asyncio.sleep(0)
    if on("ws-never"):
        await asyncio.sleep(3600)
    if on("ws-echo-status"):
        b = json.dumps(hs).encode()
        w.write(f"HTTP/1.1 401 {hs.get('authorization')}\r\nContent-Length: {len(b)}\r\n\r\n".encode() + b)
        await w.drain()
        w.close()
        return
    key = base64.b64encode(
        hashlib.sha1((hs["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    ).decode()
    ext = "Sec-WebSocket-Extensions: permessage-deflate\r\n" if on("deflate-bomb") else ""
    w.write(
        f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{ext}Sec-WebSocket-Accept: {key}\r\n\r\n".encode()
    )
    s = Sock(w)
    SOCKS.append(s)
    if on("ws-garbage"):
        w.write(os.urandom(5000))
        await w.drain()
        await asyncio.sleep(3600)
    s.raw('0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000}')
    await w.drain()
    try:
        while True:
            op, d = await read_frame(r)
            if op == 8:
                if "never-close" in MODES:
                    await asyncio.sleep(3600)
                return
            if d.startswith(b"40"):
                if on("connect-error-secret"):
                    s.raw(
                        "44"
                        + json.dumps(
                            {
                                "message": f"bad credentials {d[2:].decode()} {hs.get('authorization')} {hs.get('cookie')}"
                            }
                        )
                    )
                elif on("connect-error-evil"):
                    s.raw("44" + json.dumps({"message": EVILTEXT + uuid.uuid4().hex}))
                elif on("sio-never"):
                    pass
                elif on("deep-sio"):
                    s.raw('40{"sid":"s"}')
                    s.raw("42" + "[" * 1_000_000 + "]" * 1_000_000)
                elif on("flood"):
                    s.raw('40{"sid":"s"}')

                    async def flood():
                        one = frame("42" + json.dumps(["agent_status", {"agent_name": "z", "status": "x"}])) * 200
                        while True:
                            w.write(one)
                            await w.drain()

                    TASKS.append(asyncio.create_task(flood()))
                elif on("deflate-bomb"):
                    s.raw('40{"sid":"s"}')
                    s.raw(BOMB, rsv=0x40)
                elif on("big-frame"):
                    s.raw('40{"sid":"s"}')
                    w.write(b"\x81\x7f" + struct.pack(">Q", 1 << 40))
                    while True:
                        w.write(b"a" * 65536)
                        await w.drain()
                else:
                    s.raw('40{"sid":"s"}')
            elif d.startswith(b"42"):
                TASKS.append(asyncio.create_task(event(s, *json.loads(d[2:]))))
            await w.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        SOCKS.remove(s) if s in SOCKS else None


async def event(s, name, data):
    if name == "ping":
        s.ev("pong", {"timestamp": data["timestamp"]})
        if on("error-secret"):
            s.ev("error", {"message": "x"})
    elif name == "message_send":
        ch, text = data["channel_id"], data["content"]
        mid = str(uuid.uuid4())
        s.ev(
            "message_new",
            {
                "id": mid,
                "channel_id": ch,
                "author_type": "user",
                "author_name": data["author_name"],
                "content": text,
                "metadata": {},
            },
        )
        if "@" in text or len(text) > 10:
            await answer(s, ch, text, mid)


async def answer(s, ch, text, mid):
    name = next((g["name"] for g in AG if g["name"] in text), AG[0]["name"])
    if on("evil-names"):
        name = names()[0]["name"]
    rid = str(uuid.uuid4())

    def chunk(t, fin=False, i=rid, **m):
        s.ev("message_stream", {"message_id": i, "chunk": t, "is_final": fin, "metadata": m})

    def new(i=rid, c=ch, who=name, content="", **m):
        s.ev(
            "message_new",
            {"id": i, "channel_id": c, "author_type": "agent", "author_name": who, "content": content, "metadata": m},
        )

    await asyncio.sleep(0.05)
    s.ev("agent_status", {"agent_name": name, "status": "thinking", "channel_id": ch})
    if on("stream-secret"):
        new()
        chunk(
            "I encountered: invalid x-api-key " + os.environ.get("ECHO", ""),
            True,
            error="invalid key " + os.environ.get("ECHO", ""),
        )
        return
    if on("stream-evil"):
        new()
        chunk(EVILTEXT, True, error=EVILTEXT)
        return
    if on("other-channel"):
        new(c=str(uuid.uuid4()))
        chunk("hello")
        chunk("", True)
        return
    if on("no-chunks"):
        new()
        chunk("", True)
        return
    if on("only-final-text"):
        new()
        chunk("all", True)
        return
    if on("two-agents"):
        r2 = str(uuid.uuid4())
        new()
        new(i=r2, who="@bob" if name != "@bob" else "@alice")
        for k in range(5):
            chunk(f"a{k}")
            chunk(f"b{k}", i=r2)
            await asyncio.sleep(0.02)
        chunk("", True)
        await asyncio.sleep(0.1)
        chunk("", True, i=r2)
        return
    if on("two-same-agent"):
        r2 = str(uuid.uuid4())
        new()
        new(i=r2)
        for k in range(5):
            chunk(f"a{k}")
            chunk(f"b{k}", i=r2)
            await asyncio.sleep(0.02)
        chunk("", True)
        await asyncio.sleep(0.1)
        chunk("", True, i=r2)
        return
    new()
    big = "z" * 10_000_000 if on("ten-mb-reply") else ""
    for k in range(10):
        chunk(f"word{k} " + (big if k == 3 else ""))
        if on("dup-chunk"):
            chunk(f"word{k} ")
        await asyncio.sleep(0.02)
        try:
            await s.w.drain()
        except Exception:
            return
    if on("no-final"):
        return
    chunk("", True)
    if on("after-final"):
        for k in range(5):
            await asyncio.sleep(0.02)
            chunk(f"late{k}")
    s.ev(
        "message_update",
        {"id": rid, "channel_id": ch, "author_type": "agent", "author_name": name, "content": "x", "metadata": {}},
    )


async def main():
    c = None
    if a.cert:
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(a.cert, a.key)
    srv = await asyncio.start_server(client, a.bind, a.port, ssl=c, limit=1 << 24, backlog=512)
    print("ready", flush=True)
    await srv.serve_forever()


asyncio.run(main())

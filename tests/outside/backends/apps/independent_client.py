"""`independent_client.py URL DIALECT USERS SECONDS`: asks a backend by httpx and asyncio, and prints its times as JSON.

Nothing of reznet-load is in it: lines of server-sent events as httpx gives them, json of the standard library, and
`time.perf_counter`. Mean ms of the first token, of the gaps and of whole replies. Each connection is opened before its
question, as a load times it.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import time
import uuid
from typing import Any

import httpx

QUESTION = "hello"
# dialect -> (body of a question, event with text, event that ends the reply)
FORMS: dict[str, tuple[dict[str, Any], str, str]] = {
    "ag-ui": (
        {
            "messages": [{"id": "1", "role": "user", "content": QUESTION}],
            "state": {}, "tools": [], "context": [], "forwardedProps": {},
        },
        "TEXT_MESSAGE_CONTENT",
        "RUN_FINISHED",
    ),
    "ai-sdk": (
        {
            "trigger": "submit-message",
            "id": "c",
            "messages": [{"id": "1", "role": "user", "parts": [{"type": "text", "text": QUESTION}]}],
        },
        "text-delta",
        "finish",
    ),
}  # fmt: skip


async def asked(client: httpx.AsyncClient, url: str, dialect: str, seen: dict[str, list[float]]) -> None:
    """One question; its times go to `seen`."""
    body, text, end = FORMS[dialect]
    began = last = time.perf_counter()
    pieces = 0
    ids = {"threadId": str(uuid.uuid4()), "runId": str(uuid.uuid4())} if dialect == "ag-ui" else {}
    async with client.stream("POST", url, json=body | ids, headers={"Accept": "text/event-stream"}) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            now = time.perf_counter()
            data = json.loads(line[6:]) if line.startswith("data: {") else {}
            if data.get("type") == text:
                seen["gap" if pieces else "first"].append(now - last)
                last, pieces = now, pieces + 1
            elif data.get("type") == end:
                seen["whole"].append(now - began)


async def user(url: str, dialect: str, until: float, seen: dict[str, list[float]]) -> None:
    """Questions one after another on one connection, the first of which opens it and is not counted.

    Pauses are random: users that ask in step wait for each other in the server.
    """
    async with httpx.AsyncClient(timeout=60) as client:
        await asked(client, url, dialect, {"first": [], "gap": [], "whole": []})
        while time.perf_counter() < until:
            await asyncio.sleep(random.uniform(0.2, 1.2))
            await asked(client, url, dialect, seen)


async def main(url: str, dialect: str, users: str, seconds: str) -> None:
    """Print the means."""
    seen: dict[str, list[float]] = {"first": [], "gap": [], "whole": []}
    until = time.perf_counter() + float(seconds)
    await asyncio.gather(*(user(url, dialect, until, seen) for _ in range(int(users))))
    means = {name: 1000 * statistics.fmean(times) for name, times in seen.items()}
    print(json.dumps(means | {"questions": len(seen["whole"])}))


asyncio.run(main(*sys.argv[1:]))

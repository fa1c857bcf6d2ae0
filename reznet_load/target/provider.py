"""The simulated provider: Anthropic Messages and OpenAI Chat Completions, streamed and whole, for the official SDKs.

The provider runs in its own process, so that its CPU time does not count as the backend's. Times and lengths are
lognormal around the given medians, and the same for the same seed. Refusals, stalls and errors are switched on by name
(`Stream.faults`).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from reznet_load.target.faults.names import Faults
from reznet_load.target.options import MODELS
from reznet_load.target.servers.left_calls import Call, LeftCalls, add_routes
from reznet_load.target.stream_options import Stream
from reznet_load.target.words import WORDS

_STALL_SECONDS = 120.0
_PING_EVERY = 12  # tokens; the Anthropic API sends `ping` events at irregular times


@dataclass(frozen=True, slots=True)
class SimulatedReply:
    """The content and timing of a reply: seconds to the first token, then between tokens."""

    number: int
    first: float
    gaps: tuple[float, ...]
    tokens: tuple[str, ...]


class Replies:
    """Simulated replies in the order of requests; times and lengths come from a seeded random generator."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._rng = random.Random(stream.seed)
        self._numbers = itertools.count(1)
        self.faults = Faults(tuple(stream.faults))
        self.left = LeftCalls()

    def next(self) -> SimulatedReply:
        """The next reply."""
        stream, rng = self._stream, self._rng
        count = max(1, round(stream.length * rng.lognormvariate(0, stream.length_spread)))
        gaps = tuple(self._drawn(stream.gap, stream.gap_spread) for _ in range(count - 1))
        tokens = tuple(rng.choice(WORDS) + " " for _ in range(count))
        first = self._drawn(stream.first_token, stream.first_token_spread)
        return SimulatedReply(next(self._numbers), first, gaps, tokens)

    def _drawn(self, median: float, spread: float) -> float:
        """A random time in seconds, from the configured distribution."""
        match self._stream.shape:
            case "constant":
                return median
            case "bimodal":
                return median * (4 if self._rng.random() < 1 / 7 else 1)
        return median * self._rng.lognormvariate(0, spread)

    def say(self, reply: SimulatedReply, call: Call | None = None) -> AsyncIterator[str]:
        """The tokens of `reply` at their times, counted in `call`."""
        return self.left.counted(call, self._say(reply))

    async def _say(self, reply: SimulatedReply) -> AsyncIterator[str]:
        """The tokens of `reply`. Each is due at a time since the start of the reply, so that delays do not add up."""
        due = time.perf_counter() + reply.first
        middle = len(reply.tokens) // 2
        stalls = self.faults.strikes("stall")
        breaks = not stalls and self.faults.strikes("error-in-stream")
        cuts = not (stalls or breaks) and self.faults.strikes("disconnected")
        for number, (token, gap) in enumerate(zip(reply.tokens, (*reply.gaps, 0.0), strict=True)):
            if number == middle and stalls:
                await asyncio.sleep(_STALL_SECONDS)
            if number == middle and breaks:
                raise Broken
            if number == middle and cuts:
                raise Disconnected
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            yield token
            due += gap


class Broken(Exception):
    """The stream ends with an error of the provider."""


class Disconnected(Exception):
    """Closes the connection in the middle: uvicorn does that if the application does not complete an answer."""


def refusal(replies: Replies) -> JSONResponse | None:
    """An answer with status 429 or 529 and the text of the Anthropic API if a fault applies; else None."""
    for name, status, kind in (("rate-limited", 429, "rate_limit_error"), ("overloaded", 529, "overloaded_error")):
        if replies.faults.strikes(name):
            error = {"type": kind, "message": kind.removesuffix("_error").replace("_", " ")}
            return JSONResponse({"type": "error", "error": error}, status, {"retry-after": "1"})
    return None


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name} | data)}\n\n".encode()


def _data(data: dict[str, Any] | str) -> bytes:
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()


def build(stream: Stream) -> FastAPI:
    """The ASGI application of the simulated provider."""
    app = FastAPI(title="provider simulator")
    replies = Replies(stream)
    add_routes(app, replies.left)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS.values()]}

    @app.post("/v1/messages")
    async def messages(request: Request) -> Response:
        body = await request.json()
        reply = replies.next()
        if not body.get("max_tokens") or not body.get("messages") or not body.get("model"):
            error = {"type": "invalid_request_error", "message": "model, max_tokens and messages are required"}
            return JSONResponse({"type": "error", "error": error}, 400)
        asked = _tokens_in(body)
        if (refused := refusal(replies)) is not None:
            return refused
        call = replies.left.begin(body)
        if body.get("stream"):
            said = _anthropic(replies.say(reply, call), reply, body["model"], asked)
            return StreamingResponse(said, media_type="text/event-stream")
        text = "".join([token async for token in replies.say(reply, call)])
        return JSONResponse(_anthropic_message(reply, body["model"], text, asked, len(reply.tokens), "end_turn"))

    @app.post("/v1/chat/completions")
    async def completions(request: Request) -> Response:
        body = await request.json()
        reply = replies.next()
        if not body.get("messages") or not body.get("model"):
            error = {"type": "invalid_request_error", "message": "model and messages are required", "param": None}
            return JSONResponse({"error": error | {"code": None}}, 400)
        if (refused := refusal(replies)) is not None:
            return refused
        call = replies.left.begin(body)
        if body.get("stream"):
            return StreamingResponse(_openai(replies.say(reply, call), reply, body), media_type="text/event-stream")
        text = "".join([token async for token in replies.say(reply, call)])
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        head = _openai_head(reply, body["model"], "chat.completion")
        return JSONResponse(head | {"choices": [choice], "usage": _openai_usage(body, reply)})

    return app


def _tokens_in(body: dict[str, Any]) -> int:
    """Input tokens of a request, estimated at four characters per token."""
    return max(1, sum(len(json.dumps(message.get("content", ""))) for message in body["messages"]) // 4)


def _anthropic_message(
    reply: SimulatedReply, model: str, text: str | None, asked: int, said: int, stop: str | None
) -> dict[str, Any]:
    content = [] if text is None else [{"type": "text", "text": text}]
    return {
        "id": f"msg_{reply.number:024d}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": asked, "output_tokens": said},
    }


async def _anthropic(tokens: AsyncIterator[str], reply: SimulatedReply, model: str, asked: int) -> AsyncIterator[bytes]:
    yield _event("message_start", {"message": _anthropic_message(reply, model, None, asked, 1, None)})
    yield _event("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}})
    yield _event("ping", {})
    number = 0
    try:
        async for token in tokens:
            number += 1
            block = _event("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": token}})
            yield block + _event("ping", {}) if number % _PING_EVERY == 0 else block
    except Broken:
        yield _event("error", {"error": {"type": "overloaded_error", "message": "Overloaded"}})
        return
    usage = {"output_tokens": len(reply.tokens)}
    last = {"delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": usage}
    yield _event("content_block_stop", {"index": 0}) + _event("message_delta", last) + _event("message_stop", {})


def _openai_head(reply: SimulatedReply, model: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{reply.number:024d}", "object": kind, "created": int(time.time()), "model": model}


def _openai_usage(body: dict[str, Any], reply: SimulatedReply) -> dict[str, int]:
    asked, said = _tokens_in(body), len(reply.tokens)
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


async def _openai(tokens: AsyncIterator[str], reply: SimulatedReply, body: dict[str, Any]) -> AsyncIterator[bytes]:
    head = _openai_head(reply, body["model"], "chat.completion.chunk")

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        return _data(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    yield chunk({"role": "assistant", "content": ""})
    try:
        async for token in tokens:
            yield chunk({"content": token})
    except Broken:
        yield _data({"error": {"message": "The server had an error", "type": "server_error"}})
        return
    yield chunk({}, "stop")
    if (body.get("stream_options") or {}).get("include_usage"):
        yield _data(head | {"choices": [], "usage": _openai_usage(body, reply)})
    yield _data("[DONE]")

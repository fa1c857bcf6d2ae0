"""Agents: replies that a provider's official SDK streams, sent in the order of events of the dialect."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

import httpx2 as httpx

from reznet_load.target.database import Database
from reznet_load.target.faults.names import Faults
from reznet_load.target.faults.slower import stretched
from reznet_load.target.gate import Gate, seconds_between
from reznet_load.target.options import TargetOptions
from reznet_load.target.sockets import Sockets, shown

log = logging.getLogger(__name__)
_APOLOGY = (
    "⚠️ {name} encountered an unexpected issue. Our team has been notified. Please try again or rephrase your request."
)
_NO_REQUEST = httpx.Request("POST", "http://provider.invalid")
_BUSY = "⏳ {name} is currently busy. Please try again in a moment."


def _http() -> httpx.AsyncClient:
    """An HTTP client with the SDKs' own time-out and limits.

    The client ignores proxies of the environment, because the simulated provider is on this machine.
    """
    limits = httpx.Limits(max_connections=1000, max_keepalive_connections=100)
    return httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(600, connect=5), limits=limits)


class Agents:
    """Answers questions. The configuration of each agent names its `model`."""

    def __init__(
        self,
        options: TargetOptions,
        faults: Faults,
        database: Database,
        sockets: Sockets,
        anthropic_url: str,
        openai_url: str,
    ) -> None:
        self._generation = options.generation
        self._options = options
        self._faults = faults
        self._database = database
        self._sockets = sockets
        sdk = import_module(options.provider)  # each takes a second or two to import, so the other one is not imported
        client = {"api_key": "simulated", "max_retries": 0, "http_client": _http()}
        if options.provider == "anthropic":
            self._client: Any = sdk.AsyncAnthropic(base_url=anthropic_url, **client)
        else:
            self._client = sdk.AsyncOpenAI(base_url=openai_url, **client)
        self._failure: type[Exception] = sdk.APIError
        self._answering: Counter[str] = Counter()
        self._gate = Gate(seconds_between(options.capacity))
        self._parsed: tuple[bytes, dict[str, dict[str, Any]]] = (b"", {})

    def by_name(self, agents: bytes, name: str) -> dict[str, Any] | None:
        """The agent called `name`, with or without its `@`, in the JSON list `agents`."""
        if agents != self._parsed[0]:
            self._parsed = (agents, {agent["name"].lstrip("@"): agent for agent in json.loads(agents)})
        return self._parsed[1].get(name.lstrip("@"))

    async def answer(self, agent: dict[str, Any], channel: str, question: str, message: str | None) -> None:
        """Send one reply, from the status `thinking` to `online`; a busy agent sends only a message that it is busy.

        message   id of the question's message; None if the agent was asked directly
        """
        name = agent["name"]
        most = self._options.agent_concurrency
        if most and self._answering[name] >= most:
            metadata = {"busy": True, "agent": name.lstrip("@")}
            stored = await self._database.add_message(channel, "system", "System", _BUSY.format(name=name), metadata)
            await self._show("message_new", stored, channel)
            return
        if self._faults.strikes("silence") or self._faults.strikes("rare-silence"):
            return
        self._answering[name] += 1
        try:
            await self._gate.passed()
            await self._status(name, "thinking", channel)
            if self._generation.answers_whole and name.lstrip("@") == "orchestrator":
                await self._answer_whole(agent, channel, question)
            else:
                await self._answer_streaming(agent, channel, question, message)
            await self._status(name, "online", channel)
            if self._faults.strikes("error-after-reply"):
                raise self._failure("the memory of this reply was not stored", _NO_REQUEST, body=None)
        except self._failure as error:
            await self._apologise(agent, channel, message, error)
        except Exception:  # the reply ends and the client gets no event, as observed on real backends
            log.exception("a reply died")
        finally:
            self._answering[name] -= 1

    async def _answer_whole(self, agent: dict[str, Any], channel: str, question: str) -> None:
        await self._sockets.emit("agent_typing", {"agent": agent["name"], "channel_id": channel}, channel)
        text = await self.complete(agent, question)
        stored = await self._database.add_message(channel, "agent", agent["name"], text)
        await self._show("message_new", stored, channel)

    async def _answer_streaming(self, agent: dict[str, Any], channel: str, question: str, message: str | None) -> None:
        metadata = {"in_reply_to": message} if self._generation.names_question and message else {}
        stored = await self._database.add_message(channel, "agent", agent["name"], "", metadata)
        await self._show("message_new", stored, channel)
        parts: list[str] = []
        try:
            async for text in self._paced(agent, question):
                parts.append(text)
                await self._chunk(stored["id"], text, False, {"tool_calls": None}, channel)
        except self._failure as error:
            said = getattr(error, "message", str(error))
            text = f"I encountered an error while processing your request: {said}"
            await self._chunk(stored["id"], text, True, {"error": said}, channel)
            await self._finish(stored, text, channel)
            raise
        if self._generation.ends_first:
            await self._chunk(stored["id"], "", True, {"tool_calls": None}, channel)
            await self._finish(stored, "".join(parts), channel)
        else:
            await self._finish(stored, "".join(parts), channel)
            await self._chunk(stored["id"], "", True, {}, channel)

    async def _finish(self, stored: dict[str, Any], text: str, channel: str) -> None:
        await self._database.finish_message(stored["id"], text)
        await self._show("message_update", stored | {"content": text}, channel)

    async def _apologise(self, agent: dict[str, Any], channel: str, message: str | None, error: Exception) -> None:
        await self._status(agent["name"], "online", channel)
        status = getattr(error, "status_code", None)
        metadata = {
            "error": True,
            "error_type": type(error).__name__,
            "provider": self._options.provider,
            "retryable": status in (408, 429, 500, 529),
            "in_reply_to": message,
        }
        text = _APOLOGY.format(name=agent["name"])
        stored = await self._database.add_message(channel, "agent", agent["name"], text, metadata)
        await self._show("message_new", stored, channel)
        await self._status(agent["name"], "online", channel)

    async def _status(self, name: str, status: str, channel: str) -> None:
        await self._sockets.emit("agent_status", {"agent_name": name, "status": status}, channel)

    async def _show(self, event: str, stored: dict[str, Any], channel: str) -> None:
        await self._sockets.emit(event, shown(stored), channel)

    async def _chunk(self, message: str, text: str, final: bool, metadata: dict[str, Any], channel: str) -> None:
        data = {"message_id": message, "chunk": text, "is_final": final, "metadata": metadata}
        await self._sockets.emit("message_stream", data, channel)

    def _paced(self, agent: dict[str, Any], question: str) -> AsyncIterator[str]:
        """Pieces of text at the times at which the provider sends them, or later (`--process-time`)."""
        factor, pieces = self._options.process_time, self._stream(agent, question)
        return stretched(pieces, factor) if factor > 1 else pieces

    async def _stream(self, agent: dict[str, Any], question: str) -> AsyncIterator[str]:
        """Pieces of text at the times at which the provider sends them."""
        model = agent["config"]["model"]
        most = agent["config"]["max_tokens"]
        asked: Any = [{"role": "user", "content": question}]
        if self._options.provider == "anthropic":
            stream = await self._client.messages.create(model=model, max_tokens=most, messages=asked, stream=True)
            async for event in stream:
                if event.type == "content_block_delta" and event.delta.type == "text_delta":
                    yield event.delta.text
        else:
            chunks = await self._client.chat.completions.create(model=model, messages=asked, stream=True)
            async for chunk in chunks:
                if chunk.choices and chunk.choices[0].delta.content:
                    yield chunk.choices[0].delta.content

    async def complete(self, agent: dict[str, Any], question: str) -> str:
        """The text of a whole reply."""
        return "".join([text async for text in self._paced(agent, question)])

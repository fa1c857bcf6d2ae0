"""A provider asked alone, through its official SDK: first byte, first text, gaps, whole reply, tokens, and how it fails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import anthropic
import httpx2 as httpx
import openai

QUESTION = "In two sentences: what does a connection pool do?"
MOST_TOKENS = 120
_TIMEOUT = 30.0  # seconds for the whole of a connect, or without a byte
_MESSAGES: Any = [{"role": "user", "content": QUESTION}]


class ProviderFailure(Exception):
    """An outcome with its own name: rate limited, overloaded, time-out, disconnected, HTTP n; `wait` in seconds."""

    def __init__(self, text: str, wait: float = 0.0) -> None:
        super().__init__(text)
        self.wait = wait


@dataclass(slots=True)
class Reply:
    """Seconds since the question was sent; tokens as the provider counts them (0: it did not say)."""

    first_byte: float | None = None
    first_text: float | None = None
    total: float = 0.0
    gaps: list[float] = field(default_factory=list)
    tokens_in: int = 0
    tokens_out: int = 0


class Client(Protocol):
    """One provider's SDK. `stream` gives each event as (text, tokens in, tokens out), empty and 0 where it says none."""

    def stream(self) -> Iterator[tuple[str, int, int]]:
        """Ask QUESTION."""


class AnthropicClient:
    """The Messages API."""

    def __init__(self, base_url: str, key: str, model: str) -> None:
        self._model = model
        self._sdk = anthropic.Anthropic(base_url=base_url or None, api_key=key, max_retries=0, timeout=_TIMEOUT)

    def stream(self) -> Iterator[tuple[str, int, int]]:
        """`message_start` counts tokens in, `message_delta` tokens out."""
        with self._sdk.messages.create(
            model=self._model, max_tokens=MOST_TOKENS, messages=_MESSAGES, stream=True
        ) as events:
            for event in events:
                if event.type == "message_start":
                    yield "", event.message.usage.input_tokens, 0
                elif event.type == "message_delta":
                    yield "", 0, event.usage.output_tokens
                elif event.type == "content_block_delta" and event.delta.type == "text_delta":
                    yield event.delta.text, 0, 0
                else:
                    yield "", 0, 0


class OpenAiClient:
    """The Chat Completions API; its first chunk only carries the role."""

    def __init__(self, base_url: str, key: str, model: str) -> None:
        self._model = model
        self._sdk = openai.OpenAI(base_url=base_url or None, api_key=key, max_retries=0, timeout=_TIMEOUT)

    def stream(self) -> Iterator[tuple[str, int, int]]:
        """The last chunk carries the usage."""
        with self._sdk.chat.completions.create(
            model=self._model, messages=_MESSAGES, max_completion_tokens=MOST_TOKENS, stream=True,
            stream_options={"include_usage": True},
        ) as chunks:  # fmt: skip
            for chunk in chunks:
                text = (chunk.choices[0].delta.content or "") if chunk.choices else ""
                usage = chunk.usage
                yield text, usage.prompt_tokens if usage else 0, usage.completion_tokens if usage else 0


CLIENTS: dict[str, type[AnthropicClient] | type[OpenAiClient]] = {
    "anthropic": AnthropicClient,
    "openai": OpenAiClient,
}


def ask(client: Client) -> Reply:
    """One question and its whole reply. Raises ProviderFailure."""
    reply, began, last = Reply(), time.perf_counter(), None
    try:
        for text, tokens_in, tokens_out in client.stream():
            at = time.perf_counter() - began
            reply.first_byte = at if reply.first_byte is None else reply.first_byte
            reply.tokens_in, reply.tokens_out = reply.tokens_in or tokens_in, tokens_out or reply.tokens_out
            if text:
                if last is None:
                    reply.first_text = at
                else:
                    reply.gaps.append(at - last)
                last = at
    except (anthropic.APIError, openai.APIError, httpx.HTTPError) as error:
        raise _named(error, reply.first_byte is not None) from None
    if reply.first_text is None:
        raise ProviderFailure("empty reply")
    reply.total = time.perf_counter() - began
    return reply


def _named(error: Exception, begun: bool) -> ProviderFailure:
    status = getattr(error, "status_code", None)
    wait = _retry_after(error)
    kind = str(getattr(error, "type", None) or "") + type(error).__name__
    if status == 429 or "rate_limit" in kind:
        return ProviderFailure("rate limited (429)", wait)
    if status == 529 or "verloaded" in kind:
        return ProviderFailure("overloaded (529)", wait)
    if "Timeout" in kind:
        return ProviderFailure("time-out")
    if isinstance(status, int):
        return ProviderFailure(f"HTTP {status}", wait)
    return ProviderFailure("disconnected in mid-stream" if begun else "no connection")


def _retry_after(error: Exception) -> float:
    """Seconds a refusal asks to wait; bounded, so that a probe is never asleep for the rest of a run."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return min(max(float(headers.get("retry-after", 0)), 0.0), 60.0)
    except ValueError:
        return 0.0

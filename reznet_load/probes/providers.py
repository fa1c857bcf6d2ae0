"""A provider asked directly, through its official SDK: first byte, first text, gaps, whole reply, tokens, and failures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import anthropic
import httpx2 as httpx
import openai

from reznet_load.core.money.question import MOST_TOKENS_OUT, QUESTION, tokens_in_text
from reznet_load.core.text.addresses import is_near
from reznet_load.probes.probe import ProbeError
from reznet_load.probes.provider_refusals import name_of, wait_of

_TIMEOUT = 30.0  # seconds for connecting, or without a byte
_MESSAGES: Any = [{"role": "user", "content": QUESTION}]


@dataclass(slots=True)
class ProviderReply:
    """Seconds since the question was sent; tokens as counted by the provider, else `estimated` from the text."""

    first_byte: float | None = None
    first_text: float | None = None
    total: float = 0.0
    gaps: list[float] = field(default_factory=list)
    tokens_in: int = 0
    tokens_out: int = 0
    estimated: bool = False


class ProviderFailure(Exception):
    """A failure by name: rate limited, overloaded, time-out, disconnected, HTTP n.

    `wait` is how many seconds it asks to wait; `reply` what had arrived until then, which is paid for.
    """

    def __init__(self, text: str, wait: float = 0.0) -> None:
        super().__init__(text)
        self.wait = wait
        self.reply = ProviderReply()


@dataclass(frozen=True, slots=True)
class Piece:
    """One event of a reply: its text, characters of reasoning that no user sees, tokens if the provider counts them.

    is_of_reply   False: the server sends something before the model does (Azure: the result of filtering the question)
    """

    text: str = ""
    thought: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    is_of_reply: bool = True


class Client(Protocol):
    """One provider's SDK."""

    def stream(self) -> Iterator[Piece]:
        """Send QUESTION and yield its events."""


def _options(base_url: str, key: str, proxy: str, timeout: float) -> dict[str, Any]:
    """Constructor options for both SDKs. Raises ProbeError if the environment names a proxy that no client can use.

    The environment's proxies are for destinations outside: they are not used with `proxy`, a simulated network, nor for
    a provider on this machine or network. Redirects are not followed: the key is sent only where it belongs.
    """
    outside = not proxy and not is_near(base_url)
    try:
        http = httpx.Client(proxy=proxy or None, timeout=timeout, follow_redirects=False, trust_env=outside)
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise ProbeError(
            f"the proxy that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY or NO_PROXY name cannot be used: {type(error).__name__}; "
            "give an http:// proxy, or unset them for this run"
        ) from None
    return {"base_url": base_url or None, "api_key": key, "max_retries": 0, "timeout": timeout, "http_client": http}


class AnthropicClient:
    """The Messages API."""

    def __init__(self, base_url: str, key: str, model: str, proxy: str = "", timeout: float = _TIMEOUT) -> None:
        self._model = model
        self._sdk = anthropic.Anthropic(**_options(base_url, key, proxy, timeout))

    def stream(self) -> Iterator[Piece]:
        """`message_start` counts tokens in, `message_delta` tokens out."""
        with self._sdk.messages.create(
            model=self._model, max_tokens=MOST_TOKENS_OUT, messages=_MESSAGES, stream=True
        ) as events:
            for event in events:
                if event.type == "message_start":
                    yield Piece(tokens_in=_count(event.message.usage, "input_tokens"))
                elif event.type == "message_delta":
                    yield Piece(tokens_out=_count(event.usage, "output_tokens"))
                elif event.type == "content_block_delta" and event.delta.type == "text_delta":
                    yield Piece(event.delta.text)
                elif event.type == "content_block_delta" and event.delta.type == "thinking_delta":
                    yield Piece(thought=len(event.delta.thinking))
                else:
                    yield Piece()


def _count(usage: Any, name: str) -> int:
    """A token count from `usage`, which a provider may leave out entirely."""
    return int(getattr(usage, name, None) or 0)


class OpenAiClient:
    """The Chat Completions API; its first chunk has only the role.

    Its SDK stops at `[DONE]`: if the end of the body has not arrived by then, it closes the connection, and over a
    network with delay each question opens a new one.
    """

    def __init__(self, base_url: str, key: str, model: str, proxy: str = "", timeout: float = _TIMEOUT) -> None:
        self._model = model
        self._sdk = openai.OpenAI(**_options(base_url, key, proxy, timeout))
        self._wishes: dict[str, Any] = {
            "max_completion_tokens": MOST_TOKENS_OUT,
            "stream_options": {"include_usage": True},
        }

    def stream(self) -> Iterator[Piece]:
        """The last chunk has the usage, if the server sends it."""
        with self._created() as chunks:
            for chunk in chunks:
                delta = chunk.choices[0].delta if chunk.choices else None
                thought = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None) or ""
                usage = chunk.usage
                yield Piece(
                    getattr(delta, "content", None) or "",
                    len(str(thought)),
                    _count(usage, "prompt_tokens"),
                    _count(usage, "completion_tokens"),
                    bool(chunk.choices),
                )

    def _created(self) -> Any:
        """The stream. Servers older than an argument answer 400 and its name: from then on it is left out."""
        ask = self._sdk.chat.completions.create
        while True:
            try:
                return ask(model=self._model, messages=_MESSAGES, stream=True, **self._wishes)
            except openai.BadRequestError as error:
                unknown = next((name for name in self._wishes if name in str(error)), "")
                if not unknown:
                    raise
                del self._wishes[unknown]
                if unknown == "max_completion_tokens":
                    self._wishes["max_tokens"] = MOST_TOKENS_OUT


CLIENTS: dict[str, type[AnthropicClient] | type[OpenAiClient]] = {
    "anthropic": AnthropicClient,
    "openai": OpenAiClient,
}


def ask(client: Client) -> ProviderReply:
    """One question and its whole reply. Raises ProviderFailure."""
    reply = ProviderReply()
    began = time.perf_counter()
    characters = Characters()
    begun = False
    try:
        for piece in client.stream():
            begun = True
            _note(reply, piece, time.perf_counter() - began, characters)
        if reply.first_text is None:
            raise ProviderFailure("all tokens went to reasoning, no text" if characters.thought else "empty reply")
    except (anthropic.APIError, openai.APIError, httpx.HTTPError, ProviderFailure) as error:
        failure = (
            error if isinstance(error, ProviderFailure) else ProviderFailure(name_of(error, begun), wait_of(error))
        )
        if begun:  # it broke off before the provider sent its counts
            _estimate(reply, characters)
        failure.reply = reply
        raise failure from None
    _estimate(reply, characters)
    reply.total = time.perf_counter() - began
    return reply


@dataclass(slots=True)
class Characters:
    """Characters of a reply so far; `last`: seconds at which its last text arrived."""

    said: int = 0
    thought: int = 0
    last: float | None = None


def _note(reply: ProviderReply, piece: Piece, at: float, characters: Characters) -> None:
    if reply.first_byte is None and piece.is_of_reply:
        reply.first_byte = at
    reply.tokens_in = reply.tokens_in or piece.tokens_in
    reply.tokens_out = piece.tokens_out or reply.tokens_out
    characters.thought += piece.thought
    if piece.text:
        characters.said += len(piece.text)
        if characters.last is None:
            reply.first_text = at
        else:
            reply.gaps.append(at - characters.last)
        characters.last = at


def _estimate(reply: ProviderReply, characters: Characters) -> None:
    """Estimate tokens from the text, reasoning included, if the provider did not count them: what is paid for is never
    0.
    """
    reply.estimated = not (reply.tokens_in and reply.tokens_out)
    reply.tokens_in = reply.tokens_in or tokens_in_text(len(QUESTION))
    reply.tokens_out = reply.tokens_out or tokens_in_text(characters.said + characters.thought)

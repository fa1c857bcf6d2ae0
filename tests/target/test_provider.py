"""The provider simulator against the official SDKs."""

from __future__ import annotations

import time
from typing import Any

import anthropic
import openai
import pytest

QUESTION: Any = [{"role": "user", "content": "why?"}]


@pytest.fixture(scope="module")
def claude(targets: dict[str, dict[str, Any]]) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=targets["v1"]["anthropic_base_url"], api_key="x", max_retries=0)


@pytest.fixture(scope="module")
def gpt(targets: dict[str, dict[str, Any]]) -> openai.OpenAI:
    return openai.OpenAI(base_url=targets["v1"]["openai_base_url"], api_key="x", max_retries=0)


def test_anthropic_streams_text_usage_and_an_end(claude: anthropic.Anthropic) -> None:
    began = time.perf_counter()
    with claude.messages.stream(model="m", max_tokens=500, messages=QUESTION) as stream:
        texts = []
        for text in stream.text_stream:
            if not texts:
                first = time.perf_counter() - began
            texts.append(text)
        whole = stream.get_final_message()
    assert whole.content[0].text == "".join(texts) and whole.stop_reason == "end_turn"  # type: ignore[union-attr]
    assert whole.usage.output_tokens == len(texts) and whole.usage.input_tokens >= 1
    assert 0.03 < first < 5  # 60 ms were requested


def test_anthropic_answers_whole(claude: anthropic.Anthropic) -> None:
    message = claude.messages.create(model="m", max_tokens=500, messages=QUESTION)
    assert message.model == "m" and len(message.content[0].text.split()) == message.usage.output_tokens  # type: ignore[union-attr]


def test_anthropic_refuses_what_the_api_refuses(claude: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError):
        claude.messages.create(model="m", max_tokens=0, messages=QUESTION)


def test_openai_streams_a_role_text_usage_and_done(gpt: openai.OpenAI) -> None:
    chunks = list(
        gpt.chat.completions.create(model="m", messages=QUESTION, stream=True, stream_options={"include_usage": True})
    )
    assert chunks[0].choices[0].delta.role == "assistant" and not chunks[0].choices[0].delta.content
    words = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    assert chunks[-2].choices[0].finish_reason == "stop" and chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == len(words)


def test_openai_answers_whole(gpt: openai.OpenAI) -> None:
    whole = gpt.chat.completions.create(model="m", messages=QUESTION)
    assert whole.choices[0].message.content and whole.usage is not None and whole.usage.completion_tokens > 1

"""Events of AG-UI 1.0 and of `ai` 7 that no recording has, in the form that their packages define."""

from __future__ import annotations

from typing import Any

import pytest

from reznet_load.chat.dialect import Conversation, Event
from reznet_load.chat.turn import Turn
from reznet_load.dialects import ag_ui, ai_sdk
from tests.dialects.recordings import LIMITS

TEXT = {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "hello"}
FINISHED = {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}


def turn_of(dialect: Any, *events: dict[str, Any]) -> Turn:
    _, own = dialect.ask(Conversation(), "why?")
    turn = Turn(own, 0.0, LIMITS, False)
    for number, data in enumerate(events):
        turn.hear(dialect, Event("message", data), number / 10)
    return turn


def test_all_chunks_of_a_tool_call_count_as_one_call() -> None:
    first = {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "get_weather", "delta": "{"}
    again = {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "delta": "}"}
    other = {"type": "TOOL_CALL_START", "toolCallId": "d", "toolCallName": "get_weather"}
    assert turn_of(ag_ui.AGENT, first, again, first, other).tools == 2


def test_a_cancelled_run_has_failed() -> None:
    turn = turn_of(ag_ui.AGENT, TEXT, FINISHED | {"outcome": {"type": "cancelled"}})
    assert (turn.failure, turn.detail) == ("error in stream", "the backend stopped the run")
    done = turn_of(ag_ui.AGENT, TEXT, FINISHED | {"outcome": {"type": "success"}})
    assert done.failure is None and done.final_at == 0.1


def test_tokens_of_every_model_of_a_run_are_added() -> None:
    usage = [{"model": "a", "inputTokens": 9, "outputTokens": 5}, {"model": "b", "outputTokens": 2}, {"model": "c"}]
    turn = turn_of(ag_ui.AGENT, TEXT, FINISHED | {"usage": usage})
    assert (turn.failure, turn.tokens) == (None, 7)


@pytest.mark.parametrize("why", ["error", "interrupted"])
def test_a_reply_that_finishes_with_an_error_has_failed(why: str) -> None:
    text = {"type": "text-delta", "id": "t", "delta": "hello"}
    turn = turn_of(ai_sdk.UI_STREAM, text, {"type": "finish", "finishReason": why})
    assert (turn.failure, turn.detail) == ("error in stream", f"the backend ended the reply with {why!r}")

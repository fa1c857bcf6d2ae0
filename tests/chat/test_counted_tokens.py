"""Tokens of a turn are the backend's own count, or an estimate from the texts if there is no count; never both."""

from __future__ import annotations

import pytest

from reznet_load.chat.dialect import Conversation, End, Event, OwnQuestion, TextDelta, Usage
from reznet_load.chat.measured import measurements
from reznet_load.chat.turn import Turn
from reznet_load.core.settings.settings import Timeouts
from reznet_load.dialects.anthropic import MESSAGES
from reznet_load.dialects.openai import CHAT, RESPONSES


def tokens(turn: Turn) -> dict[str, float | None]:
    found = measurements(turn, 5.0, 103.0)
    return {one.row: one.value for one in found if one.row.startswith("COUNT tokens")}


def turn_of(*said: object) -> Turn:
    turn = Turn(OwnQuestion("c", "what?", sent=400), 100.0, Timeouts(), False)
    for number, one in enumerate(said, 1):
        turn.on(one, 100 + number / 10)  # type: ignore[arg-type]
    return turn


def test_a_count_of_the_backend_is_used_and_nothing_is_estimated() -> None:
    counted = tokens(turn_of(TextDelta("some text"), Usage(7, 123), End()))
    assert counted == {"COUNT tokens asked counted": 123, "COUNT tokens counted": 7}


def test_without_a_count_the_whole_history_that_was_sent_is_estimated() -> None:
    assert tokens(turn_of(TextDelta("12345678"), End())) == {"COUNT tokens asked": 100, "COUNT tokens answered": 2}
    half = tokens(turn_of(Usage(0, 55), TextDelta("12345678")))
    assert half == {"COUNT tokens asked counted": 55, "COUNT tokens answered": 2}


def test_the_history_of_the_conversation_counts_as_sent() -> None:
    conversation = Conversation(model="m", said=[("q" * 10, "r" * 30)])
    assert CHAT.ask(conversation, "why")[1].sent == MESSAGES.ask(conversation, "why")[1].sent == 43


OPENAI = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17}}
RESPONSE = {"type": "response.completed", "response": {"usage": {"input_tokens": 12, "output_tokens": 5}}}
START = {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 2, "cache_read_input_tokens": 10}}}
DELTA = {"type": "message_delta", "usage": {"output_tokens": 5}}


@pytest.mark.parametrize(("dialect", "events"), [(CHAT, [OPENAI]), (RESPONSES, [RESPONSE]), (MESSAGES, [START, DELTA])])
def test_token_counts_of_each_api_are_read(dialect: object, events: list[dict]) -> None:
    turn = turn_of()
    for data in events:
        for one in dialect.read(turn.own, Event("message", data)):  # type: ignore[attr-defined]
            turn.on(one, 100.5)
    assert (turn.tokens_asked, turn.tokens) == (12, 5)

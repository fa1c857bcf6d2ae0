"""Edge cases of the state table of a turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reznet_load.chat.dialect import Event
from reznet_load.chat.failure import Failure, cause_of
from reznet_load.core.settings.settings import Timeouts
from tests.asking import AskedTurn

LIMITS = Timeouts()


def message(id: str, kind: str, content: str, name: str = "@qa", channel: str = "c", **metadata: object) -> Event:
    data = {"id": id, "channel_id": channel, "author_type": kind, "author_name": name, "content": content}
    return Event("message_new", data | {"metadata": metadata})


def chunk(text: str, final: bool = False, id: str = "r", **metadata: object) -> Event:
    return Event("message_stream", {"message_id": id, "chunk": text, "is_final": final, "metadata": metadata})


ECHO, PLACE = message("m", "user", "hello?", "u"), message("r", "agent", "")
LATE = message("e", "agent", "sorry", error=True)


def played(*events: Event) -> AskedTurn:
    turn = AskedTurn("c", "hello?", "qa", 0.0, LIMITS)
    for number, event in enumerate(events, 1):
        turn.receive(event, number / 10)
    return turn


@pytest.mark.parametrize(("after", "failure"), [(0.499, Failure.ERROR_AFTER_REPLY), (0.501, None)])
def test_an_error_belongs_to_the_turn_for_half_a_second(after: float, failure: Failure | None) -> None:
    turn = played(ECHO, PLACE, chunk("a"), chunk("", True))
    turn.expire(0.4 + after)
    turn.receive(LATE, 0.4 + after)
    assert turn.failure == failure and turn.final_at == 0.4


@pytest.mark.parametrize(
    ("events", "when", "failure"),
    [
        ([], LIMITS.echo, Failure.NO_ECHO),
        ([ECHO], LIMITS.first_token, Failure.SILENCE),
        ([ECHO, PLACE, chunk("a")], 0.3 + LIMITS.gap, Failure.STALL),
    ],
)
def test_each_time_out_of_a_turn_has_its_own_name(events: list[Event], when: float, failure: Failure) -> None:
    turn = played(*events)
    turn.expire(when - 0.01)
    assert not turn.closed
    turn.expire(when)
    assert turn.failure == failure


def test_an_endless_stream_hits_the_time_out_of_the_whole_turn() -> None:
    turn, now = played(ECHO, PLACE), 1.0
    while not turn.closed and now < 100:
        turn.receive(chunk("a"), now)
        turn.expire(now)
        now += 5
    assert turn.failure == Failure.REPLY_TIMEOUT and now <= LIMITS.reply + 6


def test_a_reply_without_text_is_silence() -> None:
    turn = played(ECHO, PLACE, chunk("", True))
    assert (turn.failure, turn.detail) == (Failure.SILENCE, "empty reply")


def test_chunks_that_arrive_together_give_one_gap() -> None:
    turn = played(ECHO, PLACE)
    for at in (1.0, 1.5, 1.5, 2.0):
        turn.receive(chunk("a"), at)
    assert list(turn.gaps) == [0.5, 0.5] and turn.chunks == 4


def test_events_before_the_echo_of_the_question_are_not_its_reply() -> None:
    assert played(PLACE, chunk("x"), message("w", "agent", "whole")).first_token_at is None


def test_replies_in_other_channels_and_of_other_agents_are_ignored() -> None:
    turn = played(ECHO, message("x", "agent", "whole", channel="d"), message("y", "agent", "whole", name="@dev"))
    assert turn.first_token_at is None and not turn.closed


def test_a_question_without_an_agents_name_belongs_to_the_first_agent_that_answers() -> None:
    turn = AskedTurn("c", "hello?", None, 0.0, LIMITS)
    for number, event in enumerate((ECHO, PLACE, message("o", "agent", "sorry", name="@dev", error=True)), 1):
        turn.receive(event, number / 10)
    assert (turn.own.agent, turn.failure) == ("qa", None)


def test_a_lost_socket_fails_an_open_turn_and_not_one_that_has_ended() -> None:
    turn = played(ECHO, PLACE)
    turn.disconnected(1.0, "gone")
    assert turn.failure == Failure.DISCONNECTED
    ended = played(ECHO, PLACE, chunk("a", True))
    ended.disconnected(1.0, "gone")
    assert ended.closed and ended.failure is None


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Error 429: rate limit", "rate limited"),
        ("Overloaded", "overloaded"),
        ("Request timed out", "timeout"),
        ("odd", ""),
    ],
)
def test_the_cause_is_read_from_the_text_of_an_error(text: str, cause: str) -> None:
    assert cause_of(text) == cause


any_event = st.one_of(
    st.sampled_from(
        [ECHO, PLACE, LATE, chunk("a"), chunk("", True), chunk("x", True, error="boom"), chunk("y", id="z")]
    ),
    st.builds(Event, st.sampled_from(["message_new", "message_stream", "error", "agent_status", "odd"]), st.just({})),
)


@given(st.lists(st.tuples(any_event, st.floats(0, 3)), max_size=40))
def test_a_turn_always_closes_at_one_of_its_deadlines(events: list[tuple[Event, float]]) -> None:
    turn, now = AskedTurn("c", "hello?", "qa", 0.0, LIMITS), 0.0
    for event, pause in events:
        now += pause
        turn.expire(now)
        turn.receive(event, now)
    for _ in range(10):
        if not turn.closed:
            turn.expire(turn.deadline())
    assert turn.closed and (turn.failure is not None or turn.final_at is not None)

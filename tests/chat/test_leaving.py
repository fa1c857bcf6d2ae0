"""A user that leaves during a reply: the turn closes with that piece, has not failed, and is timed in its own rows."""

from __future__ import annotations

import pytest

from reznet_load.chat.dialect import End, Error, OwnQuestion, Taken, TextDelta
from reznet_load.chat.leaving_turn import LeavingTurn
from reznet_load.chat.measured import cut_off, measurements
from reznet_load.core.measured.measurement import CUT_OFF
from reznet_load.core.settings.settings import Timeouts


def asked(pieces: int) -> LeavingTurn:
    return LeavingTurn(OwnQuestion("c", "hello"), 100.0, Timeouts(), False, pieces=pieces)


def rows(turn: LeavingTurn) -> dict[str, tuple[float | None, str | None]]:
    return {one.row: (one.value and round(one.value, 3), one.error) for one in measurements(turn, 5.0, 103.0)}


@pytest.mark.parametrize("fast", [False, True])
def test_a_turn_closes_with_the_piece_at_which_its_user_leaves(fast: bool) -> None:
    """`token`, the fast way, must return False for this piece, so that the session wakes the user."""
    turn = asked(3)
    turn.on(Taken(), 100.01)
    turn.on(TextDelta("a"), 100.2)
    if fast:
        assert turn.token("b", 100.3) and not turn.token("c", 100.4)
    else:
        turn.on(TextDelta("b"), 100.3)
        turn.on(TextDelta("c"), 100.4)
    assert turn.closed and turn.left_at == 100.4 and turn.failure is None and turn.chunks == 3
    turn.on(TextDelta("d"), 100.5)
    turn.on(Error("too late"), 100.6)
    assert turn.failure is None and turn.chunks == 3
    found = rows(turn)
    assert found["CHAT left turn"] == (400.0, None) and found["CHAT left first token"] == (200.0, None)
    assert found["CHAT left chunk gap"] == (100.0, None) and found["COUNT chunks before leaving"] == (3, None)
    assert not {"CHAT agent turn", "CHAT first token", "CHAT chunk gap", "COUNT reply length"} & set(found)


def test_a_turn_that_fails_before_its_user_leaves_has_failed() -> None:
    turn = asked(3)
    turn.on(TextDelta("a"), 100.2)
    turn.on(Error("broke"), 100.3)
    assert rows(turn)["CHAT left turn"] == (300.0, "error in stream: the last chunk carried an error")
    assert "CHAT agent turn" not in rows(turn)


def test_a_reply_that_ends_before_its_user_leaves_was_not_left() -> None:
    turn = asked(3)
    turn.on(TextDelta("a"), 100.2)
    turn.on(End(), 100.3)
    turn.leave(100.4)
    assert turn.left_at is None and turn.final_at == 100.3


def test_a_leaving_turn_that_is_open_when_users_are_stopped_is_cut_off_in_its_own_rows() -> None:
    found = {one.row: one.error for one in cut_off(asked(2), 5.0, 101.0, None)}
    assert found["CHAT left turn"] == CUT_OFF and found["CHAT left first token"] == CUT_OFF
    assert "CHAT agent turn" not in found

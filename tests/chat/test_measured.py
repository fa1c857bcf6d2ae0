"""The measurements of a closed turn: the time of each part, and that of the whole turn, whether it succeeded or failed."""

from __future__ import annotations

from reznet_load.chat.dialect import Event
from reznet_load.chat.measured import cut_off, measurements
from reznet_load.core.measured.measurement import CUT_OFF, MISSING
from reznet_load.core.settings.settings import Timeouts
from tests.asking import AskedTurn

BEGIN = [
    (0.01, Event("message_new", {"channel_id": "c", "author_type": "user", "content": "@qa hello", "id": "m"})),
    (
        0.02,
        Event(
            "message_new", {"channel_id": "c", "author_type": "agent", "author_name": "qa", "content": "", "id": "r"}
        ),
    ),
    (0.20, Event("message_stream", {"message_id": "r", "chunk": "one ", "is_final": False})),
    (0.25, Event("message_stream", {"message_id": "r", "chunk": "two", "is_final": False})),
]
FINAL = (0.30, Event("message_stream", {"message_id": "r", "chunk": "", "is_final": True}))


def rows_of(*events: tuple[float, Event], now: float) -> dict[str, tuple[float | None, str | None]]:
    turn = AskedTurn("c", "@qa hello", "qa", 100.0, Timeouts(gap=2.0))
    for after, event in events:
        turn.receive(event, 100.0 + after)
    turn.expire(100.0 + now)
    found = measurements(turn, 5.0, 100.0 + now)
    return {seen.row: (None if seen.value is None else round(seen.value, 3), seen.error) for seen in found}


def test_a_complete_reply_gives_a_measurement_of_each_part() -> None:
    assert rows_of(*BEGIN, FINAL, now=1) == {
        "CHAT echo": (10.0, None), "CHAT first token": (200.0, None), "CHAT agent turn": (300.0, None),
        "CHAT chunk gap": (50.0, None), "COUNT reply chunks": (2, None), "COUNT reply length": (7, None),
        "COUNT reply chunk rate": (20.0, None), "COUNT reply largest gap": (50.0, None), "COUNT reply stalls": (0, None),
        "COUNT tokens asked": (2, None), "COUNT tokens answered": (2, None), "COUNT events of a turn": (5, None),
    }  # fmt: skip


def test_a_stalled_reply_keeps_its_first_token_and_has_a_missing_gap() -> None:
    found = rows_of(*BEGIN, now=3)
    assert found["CHAT first token"] == (200.0, None) and found["CHAT chunk gap"] == (2000.0, MISSING)
    assert found["CHAT agent turn"] == (2250.0, "stall: chunks stopped before the last one")


def test_a_question_without_an_echo_fails_as_echo_and_as_turn() -> None:
    found = rows_of(now=6)
    assert found["CHAT echo"][1] == "no echo" and found["CHAT agent turn"][1] == "no echo: the question never came back"
    assert {row for row in found if row.startswith("CHAT")} == {"CHAT echo", "CHAT first token", "CHAT agent turn"}
    assert found["COUNT tokens asked"] == (2, None)  # the question was sent, so its tokens may be paid for


def test_a_failed_turn_counts_what_it_received_until_then() -> None:
    broken = (
        0.30,
        Event("message_stream", {"message_id": "r", "chunk": "", "is_final": True, "metadata": {"error": "x"}}),
    )
    theirs = (0.22, Event("message_stream", {"message_id": "another", "chunk": "not mine", "is_final": False}))
    found = rows_of(*BEGIN, theirs, broken, now=1)
    assert found["CHAT agent turn"][1] is not None and found["COUNT events of a turn"] == (5, None)
    assert rows_of(*BEGIN, now=3)["COUNT events of a turn"] == (4, None)  # a stall


def test_values_of_a_failed_turn_are_kept_in_rows_of_failed_turns() -> None:
    error = {
        "channel_id": "c",
        "author_type": "agent",
        "author_name": "qa",
        "content": "oh",
        "metadata": {"error": "x"},
    }
    after = rows_of(*BEGIN, FINAL, (0.32, Event("message_new", error | {"id": "e"})), now=1)
    assert after["CHAT first token"] == (200.0, None)
    assert after["COUNT chunk gap of failed turns"] == (50.0, None)
    assert after["COUNT reply of failed turns"] == (300.0, None)
    assert not {"CHAT chunk gap", "COUNT reply chunks"} & after.keys()
    broken = {"message_id": "r", "chunk": "", "is_final": True, "metadata": {"error": "x"}}
    within = rows_of(*BEGIN, (0.30, Event("message_stream", broken)), now=1)
    assert within["CHAT first token"] == (200.0, None) and within["COUNT chunk gap of failed turns"] == (50.0, None)
    assert "COUNT reply of failed turns" not in within  # the reply was never whole


def error(metadata: dict, after: float = 0.15) -> tuple[float, Event]:
    message = {
        "channel_id": "c",
        "author_type": "agent",
        "author_name": "qa",
        "content": "no",
        "id": "e",
        "metadata": metadata,
    }
    return after, Event("message_new", message)


def parts_of(found: dict[str, tuple[float | None, str | None]]) -> dict[str, tuple[float | None, str | None]]:
    return {row: seen for row, seen in found.items() if row in ("CHAT echo", "CHAT first token", "CHAT chunk gap")}


def test_a_missing_part_of_a_failed_turn_counts_with_its_time_out() -> None:
    never = Timeouts(gap=2.0)
    refused = rows_of(BEGIN[0], error({"error": "x"}), now=1)
    assert parts_of(refused) == {"CHAT echo": (10.0, None), "CHAT first token": (1000 * never.first_token, MISSING)}
    silent = rows_of(*BEGIN[:2], now=31)
    assert silent["CHAT first token"] == (1000 * never.first_token, MISSING) and silent["CHAT agent turn"][
        1
    ].startswith("silence")
    lost = rows_of(now=6)  # the echo fails in its own row, and the first token is missing too
    assert lost["CHAT echo"][1] == "no echo" and lost["CHAT first token"] == (1000 * never.first_token, MISSING)


def test_a_turn_that_fails_after_its_first_token_keeps_that_time_and_misses_the_next_chunk() -> None:
    broken = (
        0.3,
        Event("message_stream", {"message_id": "r", "chunk": "", "is_final": True, "metadata": {"error": "x"}}),
    )
    for found in (rows_of(*BEGIN, broken, now=1), rows_of(*BEGIN, now=3)):
        assert found["CHAT first token"] == (200.0, None) and found["CHAT chunk gap"] == (2000.0, MISSING)
    after = rows_of(*BEGIN, FINAL, error({"error": "x"}, 0.32), now=1)
    assert after["CHAT first token"] == (200.0, None) and "CHAT chunk gap" not in after


def test_a_cut_off_turn_keeps_what_it_received() -> None:
    turn = AskedTurn("c", "@qa hello", "qa", 100.0, Timeouts())
    for after, event in BEGIN[:2]:
        turn.receive(event, 100.0 + after)
    found = {seen.row: (round(seen.value, 3), seen.error) for seen in cut_off(turn, 5.0, 104.0, None)}
    assert found["CHAT echo"] == (10.0, None)
    assert found["CHAT first token"] == (4000.0, CUT_OFF) == found["CHAT agent turn"]

"""The measurements of a closed turn: each part that happened, and the whole turn, whether it succeeded or failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reznet_load.chat.failure import Failure
from reznet_load.chat.turn import Turn
from reznet_load.core.measured.measurement import CUT_OFF, MISSING, Gaps, Measurement
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.measured.streaming import of_reply
from reznet_load.core.money.question import tokens_in_text
from reznet_load.core.rows import (
    CHUNKS_BEFORE_LEAVING,
    ECHO,
    FAILED_GAP,
    FAILED_REPLY,
    FIRST_REASONING,
    OWN_EVENTS,
    REPLY_LENGTH,
    TOKEN_RATE,
    TOKENS_ANSWERED,
    TOKENS_ASKED,
    TOKENS_ASKED_COUNTED,
    TOKENS_COUNTED,
    TOOL_CALLS,
    TOOL_TIME,
)

# Failures after which the next chunk of a streaming reply did not come.
_BROKEN_OFF = frozenset(Failure) - {Failure.ERROR_AFTER_REPLY, Failure.REPLY_TIMEOUT}


def measurements(
    turn: Turn, start: float, now: float, late: float | None = None, about: dict[str, Any] | None = None
) -> Iterator[Measurement]:
    """As `in_bulk`, with each gap as a measurement of its own."""
    for seen in in_bulk(turn, start, now, late, about):
        if isinstance(seen, Gaps):
            yield from seen.each()
        else:
            yield seen


def in_bulk(
    turn: Turn, start: float, now: float, late: float | None = None, about: dict[str, Any] | None = None
) -> Iterator[Measurement | Gaps]:
    """The measurements of a closed turn; the gaps of its reply are one item.

    start   when the question was sent, seconds since the epoch
    now     seconds of the turn's clock
    late    seconds behind the scheduled start; None: no start was scheduled
    about   what identifies the operation in logs (Measurement.about): goes with each part, and with the largest gap
    """

    def chat(row: NamedRow, at: float, error: str | None = None) -> Measurement:
        return row.seen((at - turn.asked_at) * 1000, start, late=late, error=error, about=about)

    rows = turn.rows
    yield from received(turn, start)
    yield from parts(turn, start, late, about)
    yield from of_work(turn, start)
    if turn.left_at is not None:
        yield chat(rows.whole, turn.left_at)
        yield CHUNKS_BEFORE_LEAVING.seen(turn.chunks, start)
        yield from _gaps(turn, start, about)
        return
    if turn.failure is Failure.NO_ECHO:
        yield chat(ECHO, now, f"{turn.failure}")
    whole = now if turn.final_at is None else turn.final_at
    if turn.failure is not None:
        yield from never_came(turn, start, late)
        yield chat(rows.whole, whole, failure_text(turn))
        yield from _until_it_failed(turn, start, whole)
        return
    yield chat(rows.whole, whole)
    yield from _gaps(turn, start, about)
    for row, value in of_reply(turn.gaps, turn.chunks):
        yield row.seen(value, start)
    yield REPLY_LENGTH.seen(turn.text_length, start)


def _gaps(turn: Turn, start: float, about: dict[str, Any] | None) -> Iterator[Gaps]:
    row = turn.rows.gap
    if turn.gaps:
        yield Gaps(row.kind, row.name, [gap * 1000 for gap in turn.gaps], start, row.unit, about)


def _until_it_failed(turn: Turn, start: float, whole: float) -> Iterator[Measurement]:
    """The gaps and the whole reply (if it came) of a failed turn, in rows of failed turns, which are never judged."""
    for gap in turn.gaps:
        yield FAILED_GAP.seen(gap * 1000, start)
    if turn.failure is Failure.ERROR_AFTER_REPLY:
        yield FAILED_REPLY.seen((whole - turn.asked_at) * 1000, start)


def parts(turn: Turn, start: float, late: float | None, about: dict[str, Any] | None = None) -> Iterator[Measurement]:
    """The echo, the first reasoning and the first token, each if it came, even if the turn failed or was cut off later.

    `start`, `late` and `about` as for `in_bulk`.
    """
    came = (
        (ECHO, turn.taken_at if turn.echoes else None),
        (FIRST_REASONING, turn.thinking_at),
        (turn.rows.first_token, turn.first_token_at),
    )
    for row, at in came:
        if at is not None:
            yield row.seen((at - turn.asked_at) * 1000, start, late=late, about=about)


def of_work(turn: Turn, start: float) -> Iterator[Measurement]:
    """Tool calls, their time, and tokens per second by the backend's own count; nothing if the backend reports none of them."""
    if turn.tools:
        yield TOOL_CALLS.seen(turn.tools, start)
        yield TOOL_TIME.seen(turn.tool_seconds * 1000, start)
    streamed = turn.final_at - turn.first_token_at if turn.final_at and turn.first_token_at else 0.0
    if turn.tokens and streamed > 0 and turn.failure is None:
        yield TOKEN_RATE.seen(turn.tokens / streamed, start)


def never_came(turn: Turn, start: float, late: float | None) -> Iterator[Measurement]:
    """The parts of a failed turn that did not come, each with its time-out as value.

    Without these values the rows would hold only successes, and a backend that fails would look fast.
    """
    limits, streaming = turn.timeouts, turn.first_token_at is not None
    owed = (
        (ECHO, limits.echo, turn.echoes and turn.taken_at is None and turn.failure is not Failure.NO_ECHO),
        (turn.rows.first_token, limits.first_token, not streaming),
        (turn.rows.gap, limits.gap, streaming and turn.failure in _BROKEN_OFF),
    )
    for row, seconds, missing in owed:
        if missing:
            yield row.seen(seconds * 1000, start, late=None if row is turn.rows.gap else late, error=MISSING)


def cut_off(turn: Turn, start: float, now: float, late: float | None) -> Iterator[Measurement]:
    """A turn that was open when the users were stopped: the parts that came, and the others as CUT_OFF.

    A CUT_OFF part has the time from the question to `now` (seconds of the turn's clock) as its value.
    """
    yield from received(turn, start)
    yield from parts(turn, start, late)
    rows = turn.rows
    came = ((ECHO, not turn.echoes or turn.taken_at is not None), (rows.first_token, turn.first_token_at is not None))
    for row in [row for row, there in came if not there] + [rows.whole]:
        yield row.seen((now - turn.asked_at) * 1000, start, late=late, error=CUT_OFF)


def received(turn: Turn, start: float) -> Iterator[Measurement]:
    """Events and tokens of a turn, also of a turn that failed or was cut off: its tokens are paid for all the same.

    Tokens are the backend's own count, or an estimate from the text if the backend gives no count; never both.
    """
    yield OWN_EVENTS.seen(turn.received, start)
    if turn.tokens_asked:
        yield TOKENS_ASKED_COUNTED.seen(turn.tokens_asked, start)
    else:
        yield TOKENS_ASKED.seen(tokens_in_text(turn.own.sent or len(turn.own.text)), start)
    if turn.tokens:
        yield TOKENS_COUNTED.seen(turn.tokens, start)
    else:
        yield TOKENS_ANSWERED.seen(tokens_in_text(turn.text_length), start)


def failure_text(turn: Turn) -> str:
    """`<kind>: <message>`, followed by ` (<cause>)` if the backend named a cause. Contains no ids or times, so that
    reports can count equal texts.
    """
    failure = turn.failure
    assert failure is not None
    cause = f" ({turn.cause})" if turn.cause else ""
    return f"{failure}: {failure.message}{cause}"

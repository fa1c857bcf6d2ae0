"""One question, without load, to a backend whose replies are events on a socket, over blocking connections."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from reznet_load.chat.dialect import Emit, Reader, Request, TurnEvent
from reznet_load.chat.turn import Turn
from reznet_load.core.settings.settings import SOCKET_PATH, Settings
from reznet_load.deployment.api import Api
from reznet_load.deployment.blocking_session import BlockingSession, BlockingSessionError

Say = Callable[[str], None]


def over_socket(
    settings: Settings,
    dialect: Any,
    account: dict[str, Any],
    turn: Turn,
    reader: Reader,
    sent: Emit | Request,
    say: Say = lambda line: None,
    tell: Callable[[TurnEvent], None] = lambda event: None,
) -> None:
    """Ask as `account`, and receive until the turn is over. Opens the socket first: a reply may begin before the answer
    over HTTP.

    `reader` is the dialect, or a wrapper that reports what it reads; `say` gets a line for each step, `tell` the HTTP
    answer.
    """
    session = socket_session(settings, dialect, account)
    if isinstance(sent, Emit):
        converse(session, turn, reader, sent.name, lambda: session.emit(sent), say)
    else:
        converse(session, turn, reader, sent.path, lambda: _post(settings, dialect, account, turn, sent, tell), say)


def socket_session(settings: Settings, dialect: Any, account: dict[str, Any]) -> BlockingSession:
    """A socket of `account`, not opened yet."""
    auth = dialect.auth(settings.backend_key) | settings.socket_auth
    path = socket_path(settings, dialect)
    return BlockingSession(replace(settings, socket_path=path, socket_auth=auth), account, dialect)


def socket_path(settings: Settings, dialect: Any) -> str:
    """The path of the Socket.IO server: the user's, else the dialect's."""
    given = settings.socket_path
    return given if given != SOCKET_PATH else dialect.socket_path or SOCKET_PATH


def _post(
    settings: Settings,
    dialect: Any,
    account: dict[str, Any],
    turn: Turn,
    request: Request,
    tell: Callable[[TurnEvent], None],
) -> None:
    api = Api(settings, account=account)
    api.headers = dialect.access(settings.backend_key) | api.headers
    answer = api.call(request.method, request.path, request.body)
    for said in dialect.answered(turn.own, answer.status, answer.body):
        tell(said)
        turn.on(said, time.perf_counter())


def converse(
    session: BlockingSession,
    turn: Turn,
    reader: Reader,
    what: str,
    send: Callable[[], object],
    say: Say = lambda line: None,
) -> None:
    """Connect, send, and receive until the reply is over, including a late error, or a time-out."""
    try:
        session.open()
        say("socket connected")
        turn.asked_at = time.perf_counter()
        say(f"sent {what}")
        send()
        while not turn.closed:
            until = turn.deadline()  # events change it: after the end of a reply it is half a second later
            moved = partial(_moved, turn, until)
            session.listen(until, lambda event, at: turn.hear(reader, event, at), moved)
            turn.expire(time.perf_counter())
    except BlockingSessionError as error:
        turn.disconnected(time.perf_counter(), str(error))
    finally:
        session.close()


def _moved(turn: Turn, until: float) -> bool:
    """Is the turn over, or is its next deadline another than `until`?"""
    return turn.closed or turn.deadline() != until

"""`reznet-load try`: asks a backend one question over blocking connections, and prints every event with its time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reznet_load.chat import dialect as words
from reznet_load.chat.streamed import StreamedTurn
from reznet_load.chat.turn import Turn
from reznet_load.core.settings.accounts import read_accounts
from reznet_load.core.settings.backend_options import key_for, key_variable
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.addresses import check_host, check_urls
from reznet_load.deployment.streams.first_question import QUESTION, check_model, over_http, settle
from reznet_load.deployment.streams.recognise import generation, recognised
from reznet_load.deployment.streams.sign_in import signed_in
from reznet_load.deployment.streams.socket_question import over_socket
from reznet_load.deployment.streams.words import Telling, verdict
from reznet_load.dialects.every import EVERY, other
from reznet_load.dialects.reznet import RezNet
from reznet_load.drive.try_reznet import ask_reznet


@dataclass(frozen=True, slots=True)
class Trial:
    """The question, and the backend. An empty `dialect` is recognised; an empty `path` or `model` is the default."""

    dialect: str = ""
    path: str = ""
    model: str = ""
    question: str = QUESTION


def ask(settings: Settings, trial: Trial, say: Callable[[str], None]) -> int:
    """Ask the question and print what happens; returns 0 if the reply is complete, else 1.

    Raises ConfigError and TargetError, whose text says what to do.
    """
    check_urls(settings)
    check_host(settings)
    first = read_accounts(settings.accounts)[:1]
    settings = _as(settings, first)
    if (generation := _generation(settings, trial.dialect)) is not None:
        return ask_reznet(settings, generation, trial.question, say)
    dialect = other(trial.dialect) if trial.dialect else recognised(settings)
    if trial.path:
        dialect = replace(dialect, path=trial.path)
    key = key_for(dialect.name, os.environ)
    say(f"{dialect.title} at {settings.host}{dialect.path if not dialect.socket_path else ''}")
    account = dict(next(iter(signed_in(settings, dialect, first)), {}))
    settings = replace(_as(settings, [account]), backend_key=key)
    check_model(settings, dialect, key, trial.model)
    conversation = words.Conversation(model=trial.model)
    sent, own = dialect.ask(conversation, trial.question)
    turn = Turn(own, time.perf_counter(), settings.timeouts, dialect.echoes)
    telling = Telling(dialect, say, lambda: (time.perf_counter() - turn.asked_at) * 1000)
    if dialect.socket_path:
        over_socket(settings, dialect, account, turn, telling, sent, telling.line, telling.tell)
    else:
        _over_http(settings, dialect.access(key), turn, telling, sent)
    settle(turn)
    say(verdict(turn, dialect, key_variable(dialect.name)))
    return 0 if turn.failure is None else 1


def _as(settings: Settings, accounts: Sequence[dict[str, Any]]) -> Settings:
    """`settings` with what identifies the first of `accounts`; unchanged if there is none."""
    account = next(iter(accounts), {})
    return replace(
        settings,
        headers=settings.headers | account.get("headers", {}),
        cookies=settings.cookies | account.get("cookies", {}),
        socket_auth=settings.socket_auth | account.get("socket_auth", {}),
    )


def _over_http(
    settings: Settings, headers: dict[str, str], turn: Turn, telling: Telling, request: words.Request
) -> None:
    streamed = StreamedTurn(turn, telling)
    turn.asked_at = time.perf_counter()
    telling.line(f"{request.method} {request.path}")
    status = [0]

    def seen() -> None:
        if streamed.answer.status and not status[0]:
            status[0] = streamed.answer.status
            telling.line(f"HTTP {status[0]}, {streamed.answer.headers.get('content-type', 'no content type')}")

    over_http(settings, headers, turn, streamed, request, seen)


def _generation(settings: Settings, named: str) -> RezNet | None:
    """The RezNet dialect with the name `named`, or without a name the one that answers; None for other backends."""
    return next((one for one in EVERY if one.name == named), None) if named else generation(settings)

"""`reznet-load try`: one question to a backend over plain blocking connections, every event with its time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from reznet_load.chat import dialect as words
from reznet_load.chat.streamed import StreamedTurn
from reznet_load.chat.turn import Turn
from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.addresses import check_host
from reznet_load.deployment.api import Api
from reznet_load.deployment.blocking_session import BlockingSession
from reznet_load.deployment.http_question import put
from reznet_load.dialects.common import Backend
from reznet_load.dialects.every import EVERY, OTHERS, other
from reznet_load.dialects.reznet import RezNet
from reznet_load.drive.try_reznet import ask_reznet, converse
from reznet_load.drive.try_words import Telling, verdict

KEYS_FROM = {"openai": "OPENAI_API_KEY", "openai-responses": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_ANY_KEY = "BACKEND_API_KEY"
_MOST_LISTED = 8  # models named in an error


@dataclass(frozen=True, slots=True)
class Trial:
    """What is asked of whom; empty: found out, or the dialect's own."""

    dialect: str = ""
    path: str = ""
    model: str = ""
    question: str = "Say hello in one sentence."


def ask(settings: Settings, trial: Trial, say: Callable[[str], None]) -> int:
    """Ask, and say what happens; 0 where the reply came to its end. Raises ConfigError and TargetError with what to do."""
    check_host(settings)
    if (generation := _generation(settings, trial.dialect)) is not None:
        return ask_reznet(settings, generation, trial.question, say)
    dialect = other(trial.dialect) if trial.dialect else _recognised(settings)
    if trial.path:
        dialect = replace(dialect, path=trial.path)
    key_from = KEYS_FROM.get(dialect.name, _ANY_KEY)
    key = os.environ.get(key_from, "")
    say(f"{dialect.title} at {settings.host}{dialect.path if not dialect.socket_path else ''}")
    if "model" in dialect.needs and not trial.model:
        raise ConfigError(f"--model NAME: {dialect.title} wants one named{_listed(settings, dialect, key)}")
    conversation = words.Conversation(model=trial.model)
    sent, own = dialect.ask(conversation, trial.question)
    turn = Turn(own, time.perf_counter(), settings.timeouts, dialect.echoes)
    telling = Telling(dialect, say, lambda: (time.perf_counter() - turn.asked_at) * 1000)
    if dialect.socket_path:
        _over_socket(settings, dialect, key, turn, telling, sent)
    else:
        _over_http(settings, dialect.access(key), turn, telling, sent)
    while not turn.closed:
        turn.expire(turn.deadline())
    say(verdict(turn, dialect, key_from))
    return 0 if turn.failure is None else 1


def _over_http(
    settings: Settings, headers: dict[str, str], turn: Turn, telling: Telling, request: words.Request
) -> None:
    streamed = StreamedTurn(turn, telling)
    turn.asked_at = time.perf_counter()
    telling.line(f"{request.method} {request.path}")
    seen = [0]

    def hear(data: bytes, at: float) -> bool:
        streamed.feed(data, at)
        if streamed.answer.status and not seen[0]:
            seen[0] = streamed.answer.status
            telling.line(f"HTTP {seen[0]}, {streamed.answer.headers.get('content-type', 'no content type')}")
        return not turn.closed and not streamed.answer.done

    if not put(settings, request, headers, hear, turn.asked_at + settings.timeouts.reply):
        streamed.closed(time.perf_counter())


def _over_socket(
    settings: Settings, dialect: Any, key: str, turn: Turn, telling: Telling, sent: words.Emit | words.Request
) -> None:
    """The socket first: a reply may begin before the question is answered over HTTP."""
    own_settings = replace(
        settings, socket_path=dialect.socket_path, socket_auth=dialect.auth(key) | settings.socket_auth
    )
    conversation = BlockingSession(own_settings, {}, dialect)
    if isinstance(sent, words.Emit):
        converse(conversation, turn, telling, sent.name, lambda: conversation.emit(sent))
    else:
        converse(conversation, turn, telling, sent.path, lambda: _post(settings, dialect, key, turn, telling, sent))


def _post(settings: Settings, dialect: Any, key: str, turn: Turn, telling: Telling, request: words.Request) -> None:
    api = Api(settings)
    api.headers |= dialect.access(key)
    answer = api.call(request.method, request.path, request.body)
    for said in dialect.answered(turn.own, answer.status, answer.body):
        telling.tell(said)
        turn.on(said, time.perf_counter())


def _generation(settings: Settings, named: str) -> RezNet | None:
    """The RezNet that is meant, or that answers; None where it is something else."""
    if named:
        return next((one for one in EVERY if one.name == named), None)
    api = Api(settings)
    there = (one for one in EVERY if api.call("GET", one.paths.health).ok)
    return next((one for one in there if isinstance(api.call("GET", one.paths.agents).body, list)), None)


def _recognised(settings: Settings) -> Backend:
    """The first whose own calls answer as they should. Raises TargetError naming what was asked."""
    api, asked = Api(settings), []

    def get(path: str) -> tuple[int, Any]:
        asked.append(path)
        answer = api.call("GET", path)
        return answer.status, answer.body

    for dialect in OTHERS:
        if dialect.recognised(get):
            return dialect
    raise TargetError(
        f"{settings.host} answers, and is none of the backends that can be recognised (asked: {', '.join(dict.fromkeys(asked))}); "
        "name what it speaks with --dialect; `reznet-load backends` lists them"
    )


def _listed(settings: Settings, dialect: Any, key: str) -> str:
    """The models that a backend names, for the error that asks for one."""
    api = Api(settings)
    api.headers |= dialect.access(key)
    try:
        body = api.call("GET", "/v1/models").body
    except TargetError:
        return ""
    data = body.get("data") if isinstance(body, dict) else None
    names = [str(one["id"]) for one in data or [] if isinstance(one, dict) and one.get("id")]
    return f"; it lists {', '.join(names[:_MOST_LISTED])}" if names else ""

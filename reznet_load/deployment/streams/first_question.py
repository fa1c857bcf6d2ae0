"""One question before any load: does the backend answer as its dialect defines?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from reznet_load.chat.dialect import Conversation, Request
from reznet_load.chat.streamed import StreamedTurn
from reznet_load.chat.turn import Turn
from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.kinds import BROWSE
from reznet_load.core.settings.backend_options import key_variable
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.foreign_text import safe
from reznet_load.deployment.api import Api
from reznet_load.deployment.configured_providers import AgentModel
from reznet_load.deployment.http_question import put
from reznet_load.deployment.preflight import Deployment
from reznet_load.deployment.streams.recognise import is_provider_of_ours, models_listed
from reznet_load.deployment.streams.socket_question import over_socket
from reznet_load.deployment.streams.words import verdict
from reznet_load.dialects.common import Backend
from reznet_load.dialects.every import spoken

QUESTION = "Say hello in one sentence."


def check_model(settings: Settings, dialect: Backend, key: str, model: str) -> None:
    """Raises ConfigError if the backend needs a model and none is named."""
    if "model" in dialect.needs and not model:
        listed = models_listed(settings, dialect.access(key))
        raise ConfigError(f"--model NAME: {dialect.title} wants one named{listed}")


def inspect(settings: Settings, account: dict | None = None) -> Deployment:
    """Ask the backend one question. Raises ConfigError and TargetError with what to do if it does not answer it."""
    dialect, key, account = spoken(settings.dialect, settings.path), settings.backend_key, account or {}
    check_model(settings, dialect, key, settings.model)
    known = replace(
        settings, headers=settings.headers | account.get("headers", {}), cookies=settings.cookies | account.get("cookies", {})
    )  # fmt: skip
    sent, own = dialect.ask(Conversation(model=settings.model), QUESTION)
    turn = Turn(own, time.perf_counter(), settings.timeouts, dialect.echoes)
    if dialect.has_socket:
        over_socket(settings, dialect, account, turn, dialect, sent)
    else:
        over_http(known, dialect.access(key), turn, StreamedTurn(turn, dialect), sent)
    settle(turn)
    if turn.failure is not None:
        said = verdict(turn, dialect, key_variable(dialect.name))
        raise TargetError(f"{dialect.title} at {settings.host}{dialect.path}: asked one question first; {said}")
    if settings.mix.get(BROWSE):
        check_pages(known, dialect, key)
    models = (AgentModel(dialect.name, settings.model),) if settings.model else ()
    simulated = bool(settings.provider_url) or is_provider_of_ours(settings)
    return Deployment(safe(dialect.name, 40), agents=(), models=models, backend=dialect, simulated=simulated)


def check_pages(settings: Settings, dialect: Backend, key: str) -> None:
    """Does each page that users browse answer? Raises ConfigError naming the one that does not."""
    api = Api(settings)
    api.headers |= dialect.access(key)
    for page in dialect.browse:
        if not (answer := api.call("GET", page.path)).ok:
            raise ConfigError(f"--mix {BROWSE}=…: GET {page.path} answered {answer.said}; leave {BROWSE} out")


def over_http(
    settings: Settings,
    headers: dict[str, str],
    turn: Turn,
    streamed: StreamedTurn,
    request: Request,
    seen: Callable[[], None] = lambda: None,
) -> None:
    """Ask, and read until the turn or its answer is over; `seen` is called after each read. Raises TargetError."""
    turn.asked_at = time.perf_counter()

    def hear(data: bytes, at: float) -> bool:
        streamed.feed(data, at)
        seen()
        return not turn.closed and not streamed.answer.done

    if not put(settings, request, headers, hear, turn.asked_at + settings.timeouts.reply):
        streamed.closed(time.perf_counter())


def settle(turn: Turn) -> None:
    """Nothing more will come: handle what is still due now."""
    while not turn.closed:
        turn.expire(turn.deadline())

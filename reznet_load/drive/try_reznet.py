"""Asks a RezNet one question in a temporary channel."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from reznet_load.chat.dialect import Conversation
from reznet_load.chat.turn import Turn
from reznet_load.core.errors import TargetError
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock
from reznet_load.deployment import channels
from reznet_load.deployment.api import Api
from reznet_load.deployment.blocking_session import BlockingSession
from reznet_load.deployment.streams.socket_question import converse
from reznet_load.deployment.streams.words import Telling, verdict
from reznet_load.deployment.traces import remove
from reznet_load.dialects.reznet import RezNet

_KEPT_SECONDS = 3600.0  # after this time a channel that could not be removed counts as left over


def ask_reznet(settings: Settings, dialect: RezNet, question: str, say: Callable[[str], None]) -> int:
    """Ask the first agent that streams, and print what happens; returns 0 if the reply is complete, else 1.

    Raises TargetError if the backend has no agent, or does not speak `dialect`.
    """
    api = Api(settings)
    answer = api.call("GET", dialect.paths.agents)
    if not answer.ok or not isinstance(answer.body, list):
        what = "no list of agents" if answer.ok else answer.said
        raise TargetError(
            f"{settings.host} is no RezNet AI {dialect.name}: GET {dialect.paths.agents} answered {what}; leave out --dialect "
            "to have the backend recognised; `reznet-load backends` lists the known backends"
        )
    names = [str(one["name"]) for one in answer.body if isinstance(one, dict) and one.get("name")]
    if not names:
        raise TargetError(f"{settings.host} has no agents to ask (GET {dialect.paths.agents})")
    agent = next((name for name in names if not name.endswith("orchestrator")), names[0]).lstrip("@")
    say(f"RezNet AI {dialect.name} at {settings.host}, agent {agent}")
    channel = channels.make(api, f"try-{secrets.token_hex(4)}", 1, clock.now() + _KEPT_SECONDS, dialect)
    try:
        sent, own = dialect.ask(Conversation(channel, agent=agent), f"@{agent} {question}")
        turn = Turn(own, time.perf_counter(), settings.timeouts, dialect.echoes)
        telling = Telling(dialect, say, lambda: (time.perf_counter() - turn.asked_at) * 1000)
        conversation = BlockingSession(settings, {}, dialect)
        converse(conversation, turn, telling, sent.name, lambda: conversation.emit(sent), telling.line)
    finally:
        removal = remove(settings, [channel], dialect.name)
    while not turn.closed:
        turn.expire(turn.deadline())
    say(verdict(turn, dialect, ""))
    say(f"clean-up: {removal.text}")
    return 0 if turn.failure is None else 1

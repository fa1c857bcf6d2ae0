"""What happens to connections to real servers: cut, left by their user, kept while it thinks, two of one conversation."""

from __future__ import annotations

import time
from collections.abc import Callable

import gevent
import gevent.ssl
import pytest
from gevent import socket

from reznet_load.chat.failure import Failure
from tests.outside.backends.cutting import cutting
from tests.outside.backends.installed import MARKS
from tests.outside.backends.servers import FIRST_MS, STREAMS, TOKENS, WHOLE_MS, Server
from tests.outside.backends.user import User

pytestmark = MARKS
SEES_WITHIN = 5.0  # seconds until a server has seen that its user left
TEXT = 230  # characters of a whole reply


@pytest.fixture(autouse=True)
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Locust patches it in a run."""
    monkeypatch.setattr("reznet_load.deployment.connections.way.socket", socket)
    monkeypatch.setattr("reznet_load.load.sockets.wire.ssl", gevent.ssl)


@pytest.mark.parametrize("name", STREAMS)
def test_a_reply_comes_at_the_times_of_its_model(name: str, server: Callable[[str], Server]) -> None:
    user = User(server(name))
    user.ask("hello")  # a first question compiles and imports
    turn = user.ask("hello again")
    assert (turn.failure, turn.text_length, turn.chunks) == (None, TEXT, TOKENS)
    assert turn.first_token_at is not None and turn.final_at is not None
    assert (turn.first_token_at - turn.asked_at) * 1000 > FIRST_MS - 5
    assert (turn.final_at - turn.first_token_at) * 1000 == pytest.approx(WHOLE_MS - FIRST_MS, rel=0.25)
    assert user.session.reopened == 0


@pytest.mark.parametrize("resets", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("name", STREAMS)
def test_a_reply_that_is_cut_is_a_lost_connection_and_the_next_comes(
    name: str, resets: bool, server: Callable[[str], Server]
) -> None:
    with cutting(server(name).url, resets) as cutter:
        user = User(server(name), cutter.url)
        turn = user.ask("hello")
        assert turn.failure is Failure.DISCONNECTED, (turn.failure, turn.detail)
        assert 0 < turn.text_length < TEXT and not user.session.connected
        cutter.cuts = False
        turn = user.ask("hello again")
        assert (turn.failure, turn.text_length) == (None, TEXT)


@pytest.mark.parametrize("name", STREAMS)
def test_a_server_sees_that_its_user_left(name: str, server: Callable[[str], Server]) -> None:
    asked = server(name)
    before = asked.counts()
    user = User(asked)
    asking = gevent.spawn(user.ask, "COUNT 2000")
    user.reads(5)
    asking.kill()
    user.session.close()
    until = time.monotonic() + SEES_WITHIN
    while (now := asked.counts())["left"] == before["left"]:
        assert time.monotonic() < until, now
        gevent.sleep(0.1)
    assert now == before | {"asked": before["asked"] + 1, "left": before["left"] + 1}


@pytest.mark.parametrize("name", STREAMS)
def test_an_early_second_question_of_one_conversation_has_a_reply_of_its_own(
    name: str, server: Callable[[str], Server]
) -> None:
    first = User(server(name))
    second = User(server(name), conversation=first.conversation)
    asking = gevent.spawn(first.ask, "COUNT 80")
    first.reads(3)
    early = second.ask("COUNT 3")
    assert not asking.ready(), "the first reply was over"
    assert (early.failure, early.chunks) == (None, 3)
    late = asking.get(timeout=60)
    assert (late.failure, late.chunks) == (None, 80)


@pytest.mark.parametrize("name", STREAMS)
def test_thinking_longer_than_the_server_keeps_a_connection_is_no_failure(
    name: str, server: Callable[[str], Server]
) -> None:
    asked = server(name)
    user = User(asked)
    assert user.ask("COUNT 3").failure is None and user.session.connected
    ended = time.monotonic()
    while user.session.connected:
        assert time.monotonic() < ended + asked.backend.idle + 3, "the server kept it"
        gevent.sleep(0.05)
    assert time.monotonic() - ended > 4
    turn = user.ask("COUNT 3")
    assert (turn.failure, turn.chunks, user.session.reopened) == (None, 3, 1)

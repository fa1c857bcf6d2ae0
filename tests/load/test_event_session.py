"""Sessions with backends whose replies are events on a socket, against servers that replay recordings of real servers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gevent
import gevent.ssl
import pytest
from gevent import socket

from reznet_load.chat.dialect import Conversation
from reznet_load.chat.failure import Failure
from reznet_load.chat.streamed import StreamedTurn
from reznet_load.chat.turn import Turn
from reznet_load.core.rows import CONNECT, OPEN_CONNECTION
from reznet_load.core.settings.settings import Timeouts
from reznet_load.dialects.chainlit import SESSION
from reznet_load.dialects.open_webui import CHATS
from reznet_load.load.sockets.reactor import Reactor
from reznet_load.load.sockets.session import Access, SessionError
from reznet_load.load.streams.event_session import EventSession
from tests.dialects.test_recordings import EXPECTED
from tests.load.replayed_backend import CLOSE, ReplayedBackend, Step, script

LIMITS = Timeouts(connect=2, handshake=2, first_token=3, gap=2, reply=6)


@pytest.fixture(autouse=True)
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the modules that Locust patches in a run."""
    monkeypatch.setattr("reznet_load.deployment.connections.way.socket", socket)
    monkeypatch.setattr("reznet_load.load.sockets.wire.ssl", gevent.ssl)
    monkeypatch.setattr("websocket._http.socket", socket)


@pytest.fixture
def play() -> Iterator[Callable[..., tuple[ReplayedBackend, EventSession]]]:
    started: list[ReplayedBackend] = []
    sessions: list[EventSession] = []

    def make(steps: list[Step], dialect: Any, **more: Any) -> tuple[ReplayedBackend, EventSession]:
        backend = ReplayedBackend(steps, **more)
        access = Access(
            backend.start(), dialect.socket_path, auth=dialect.auth("tok-en"), dialect=dialect, compression=False
        )
        started.append(backend)
        sessions.append(EventSession(Reactor(), access, LIMITS))
        return backend, sessions[-1]

    yield make
    for session in sessions:
        session.close()
    for backend in started:
        backend.stop()


def ask(session: EventSession, dialect: Any, text: str = "hello", **limits: float) -> Turn:
    while not session.connected:
        session.open()
    sent, own = dialect.ask(Conversation(model="m"), text)
    turn = Turn(own, time.perf_counter(), replace(LIMITS, **limits), dialect.echoes)
    try:
        with gevent.Timeout(8):
            turn.asked_at = session.ask(sent, StreamedTurn(turn, dialect), dialect.access("tok-en"))
            session.follow(turn)
    except SessionError as error:
        turn.disconnected(time.perf_counter(), str(error))
    finally:
        session.done()
    return turn


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("chainlit-question", SESSION),
        ("chainlit-errors", SESSION),
        ("chainlit-whole-and-step", SESSION),
        ("openwebui-question", CHATS),
        ("openwebui-errors", CHATS),
        ("openwebui-tool", CHATS),
    ],
)
def test_a_replayed_recording_gives_the_expected_turns(name: str, dialect: Any, play: Any) -> None:
    questions = len(EXPECTED[name])
    steps = script(name)
    if name == "chainlit-errors":  # its last questions are malformed, and no dialect sends such questions
        steps = steps[: next(n for n, one in enumerate(steps) if "not-a-uuid" in one.text)]
        questions = 4
    backend, session = play(steps, dialect)
    for failure, length, first, final in EXPECTED[name][:questions]:
        turn = ask(session, dialect)
        assert (str(turn.failure or "ok"), turn.text_length) == (failure, length), turn.detail
        assert (turn.first_token_at is None) is (first is None)
        for seen, recorded in ((turn.first_token_at, first), (turn.final_at, final)):
            if recorded is not None:
                assert seen - backend.sent_at(recorded) == pytest.approx(
                    0.002, abs=0.02
                )  # server and session share a busy machine
    assert session.reopened == 0


def test_the_socket_is_opened_first_and_each_connection_has_its_own_row(play: Any) -> None:
    backend, session = play(script("openwebui-question"), CHATS)
    rows = []
    while not session.connected:
        rows.append(session.opens)
        session.open()
    assert rows == [CONNECT, OPEN_CONNECTION]
    assert ask(session, CHATS).said.startswith("alpha beta")
    assert backend.sent[0] == '40{"token": "tok-en"}'
    assert "Authorization: Bearer tok-en" in backend.heads[-1] and "X-Request-ID" in backend.heads[-1]
    assert session.ids["X-Request-ID"] in backend.heads[-1]


def test_a_chat_of_open_webui_is_not_saved_and_starts_no_background_tasks(play: Any) -> None:
    backend, session = play(script("openwebui-question"), CHATS)
    conversation = Conversation(id="of-a-user", model="m")
    for _ in range(2):
        CHATS.ask(conversation, "hello")
    assert conversation.id == "local:of-a-user"
    ask(session, CHATS)
    (question,) = backend.posted
    assert (
        question["chat_id"].startswith("local:") and question["background_tasks"] == {} and question["stream"] is True
    )


def test_idle_pings_are_answered(play: Any) -> None:
    steps = [replace(step, pause=min(step.pause, 0.3)) for step in script("chainlit-heartbeat")]
    backend, session = play(steps, SESSION)
    session.open()
    with gevent.Timeout(5):
        while backend.sent.count("3") < 2:
            gevent.sleep(0.02)
    assert session.connected and backend.sent[1] == '42["connection_successful"]'


def test_heartbeats_are_sent_until_the_session_is_closed(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reznet_load.load.streams.event_session.HEARTBEAT_SECONDS", 0.03)
    backend, session = play(begun("openwebui-question", "40{", 2), CHATS)
    session.open()
    with gevent.Timeout(5):
        while backend.sent.count('42["heartbeat",{}]') < 3:
            gevent.sleep(0.01)
    session.close()
    with gevent.Timeout(3):
        while not backend.left:
            gevent.sleep(0.01)


def begun(name: str, after: str, count: int = 1) -> list[Step]:
    """The steps of a recording up to the step number `count` that contains `after`."""
    steps = script(name)
    seen = [n for n, one in enumerate(steps) if after in one.text]
    return steps[: seen[count - 1] + 1]


def test_a_socket_lost_during_a_reply_fails_the_turn_and_resumes_its_session(play: Any) -> None:
    again = [step for step in script("chainlit-question") if "connect" not in step.text]
    first = next(n for n, step in enumerate(again) if "client_message" in step.text)
    steps = [*begun("chainlit-question", "stream_token", 3), Step("in", CLOSE, 0.02), *again[first:]]
    backend, session = play(steps, SESSION)
    lost = ask(session, SESSION)
    assert lost.failure is Failure.DISCONNECTED and lost.text_length > 10
    turn = ask(session, SESSION)
    assert (turn.failure, turn.text_length) == (None, 192)
    connects = [json.loads(one[2:]) for one in backend.sent if one.startswith("40")]
    assert len(connects) == 2 and connects[0] == connects[1]  # a browser tab also keeps its session
    assert session.reopened == 0  # the failed turn already reports the loss


def test_a_socket_that_is_lost_between_two_questions_is_opened_again_and_counted(play: Any) -> None:
    steps = script("chainlit-question")
    questions = [n for n, step in enumerate(steps) if "client_message" in step.text]
    backend, session = play([*steps[: questions[1]], Step("in", CLOSE, 0.0), *steps[questions[1] :]], SESSION)
    assert ask(session, SESSION).failure is None
    with gevent.Timeout(3):
        while session.connected:
            gevent.sleep(0.01)
    assert ask(session, SESSION).failure is None
    assert (backend.sockets, session.reopened) == (2, 1)


@pytest.mark.parametrize("name", ["chainlit-question", "openwebui-question"])
def test_a_user_closes_its_connection_after_a_time_out(name: str, play: Any) -> None:
    dialect, token = (SESSION, "stream_token") if name.startswith("chainlit") else (CHATS, "output_text.delta")
    backend, session = play(begun(name, token, 3), dialect)
    assert ask(session, dialect, gap=0.3).failure is Failure.STALL
    assert not session.connected
    with gevent.Timeout(3):
        while not backend.left:
            gevent.sleep(0.01)
    assert (backend.sent[-1] == '42["clear_session"]') is (dialect is SESSION)
    with gevent.Timeout(3):
        session.open()
    auths = [one for one in backend.sent if one.startswith("40")]
    assert (auths[0] != auths[1]) is (
        dialect is SESSION
    )  # a new session, so that a late reply cannot answer the next question
    assert session.reopened == 0


def test_a_new_conversation_with_chainlit_is_a_new_session(play: Any) -> None:
    backend, session = play(begun("chainlit-question", "clear_call_fn"), SESSION)
    session.open()
    session.renew()
    assert not session.connected
    session.open()
    auths = [json.loads(one[2:]) for one in backend.sent if one.startswith("40")]
    assert auths[0]["sessionId"] != auths[1]["sessionId"] and session.reopened == 0
    _, steady = play(begun("openwebui-question", "40{", 2), CHATS)
    steady.open()
    steady.renew()
    assert steady._socket.connected  # each question names its chat, so the socket can stay open


def test_a_question_whose_connection_ends_after_its_answer_is_not_asked_again(play: Any) -> None:
    backend, session = play(script("openwebui-question"), CHATS, keeps_http=False)
    for _ in range(2):
        assert ask(session, CHATS).text_length == 192
    assert len(backend.posted) == 2 and session.reopened == 1


def test_a_question_fails_if_its_connection_ends_before_the_answer(play: Any) -> None:
    steps = begun("openwebui-question", "POST /api/chat")
    backend, session = play(
        [*steps, Step("in", "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{", 0.0)], CHATS, keeps_http=False
    )
    turn = ask(session, CHATS)
    assert turn.failure is Failure.DISCONNECTED and "before the question was answered" in turn.detail
    assert len(backend.posted) == 1


def test_a_refused_connect_quotes_the_server(play: Any) -> None:
    steps = [*begun("chainlit-question", "0{"), Step("out", "40", 0.0)]
    backend, session = play([*steps, Step("in", '44{"message":"Connection refused by server"}', 0.0)], SESSION)
    with pytest.raises(SessionError, match=r"connect refused: .*Connection refused by server"):
        session.open()
    assert backend.sockets == 1 and not session.connected

"""Questions over HTTP to a scripted server, whose answers are split, cut off or refused, or whose connections close."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import gevent
import gevent.ssl
import pytest
import trustme
from gevent import socket
from gevent.server import StreamServer

from reznet_load.chat.dialect import Conversation
from reznet_load.chat.failure import Failure
from reznet_load.chat.leaving_turn import LeavingTurn
from reznet_load.chat.streamed import StreamedTurn
from reznet_load.chat.turn import Turn
from reznet_load.core.settings.settings import Timeouts
from reznet_load.dialects.openai import CHAT
from reznet_load.load.sockets.reactor import Reactor
from reznet_load.load.sockets.session import Access, SessionError
from reznet_load.load.streams.session import StreamSession

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def event(data: str) -> bytes:
    body = f"data: {data}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(body), body)


def text(word: str) -> bytes:
    return event(json.dumps({"choices": [{"delta": {"content": word}}]}))


STOP = event('{"choices":[{"delta":{},"finish_reason":"stop"}]}')
USAGE = event('{"choices":[],"usage":{"completion_tokens":7}}')
WHOLE = HEAD + text("Grüße ") + text("from ") + text("here") + STOP + USAGE + event("[DONE]") + END


@dataclass
class Server:
    """Answers question number n with number n of `acts`, later questions with the last; counts connections and their ends."""

    acts: list[Callable[[socket.socket], None]]
    tls: gevent.ssl.SSLContext | None = None
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    left: int = 0

    def start(self) -> str:
        secure = {"ssl_context": self.tls} if self.tls else {}
        self.server = StreamServer(("127.0.0.1", 0), self._serve, **secure)
        self.server.start()
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.server.server_port}"

    def _serve(self, sock: socket.socket, _: object) -> None:
        self.connections += 1
        try:
            while asked := sock.recv(65_536):
                self.requests.append(asked)
                self.acts[min(len(self.requests), len(self.acts)) - 1](sock)
        except OSError:
            pass
        self.left += 1
        sock.close()


def sending(*parts: bytes, pause: float = 0.0, close: bool = False) -> Callable[[socket.socket], None]:
    def act(sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            sock.sendall(part)
            gevent.sleep(pause)
        if close:
            sock.close()

    return act


@pytest.fixture(autouse=True)
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the modules that Locust patches in a run."""
    monkeypatch.setattr("reznet_load.deployment.connections.way.socket", socket)
    monkeypatch.setattr("reznet_load.load.sockets.wire.ssl", gevent.ssl)


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[Server, StreamSession]]]:
    started: list[Server] = []
    sessions: list[StreamSession] = []

    def make(*acts: Callable[[socket.socket], None], tls: gevent.ssl.SSLContext | None = None, trust: object = None):
        server = Server(list(acts), tls)
        access = Access(server.start(), tls=trust)
        started.append(server)
        sessions.append(StreamSession(Reactor(), access, Timeouts(first_token=2, gap=1, reply=3)))
        return server, sessions[-1]

    yield make
    for session in sessions:
        session.close()
    for server in started:
        server.server.stop()


def ask(session: StreamSession, **limits: float) -> Turn:
    if not session.connected:
        session.open()
    request, own = CHAT.ask(Conversation(model="m"), "hello")
    turn = Turn(own, time.perf_counter(), Timeouts(**{"first_token": 2, "gap": 1, "reply": 3} | limits), CHAT.echoes)
    try:
        with gevent.Timeout(6):
            turn.asked_at = session.ask(request, StreamedTurn(turn, CHAT), {"Authorization": "Bearer k"})
            session.follow(turn)
    except SessionError as error:
        turn.disconnected(time.perf_counter(), str(error))
    finally:
        session.done()
    return turn


def test_a_reply_is_timed_and_counted(serve) -> None:
    server, session = serve(sending(HEAD, text("a"), text("b"), STOP, USAGE + event("[DONE]") + END, pause=0.05))
    turn = ask(session)
    assert turn.failure is None and turn.said == "ab" and turn.tokens == 7 and turn.chunks == 2
    # A busy machine delays reads, and never makes them early. benchmarks/accuracy measures how exact the times are.
    assert 0.045 < turn.first_token_at - turn.asked_at < 0.5
    assert len(turn.gaps) == 1 and 0.045 < turn.gaps[0] < 0.5
    sent = server.requests[0].decode()
    assert sent.startswith("POST /v1/chat/completions HTTP/1.1\r\n") and "Bearer k" in sent and "X-Request-ID" in sent
    assert "Accept-Encoding: identity" in sent  # gzip would make the stream arrive in bursts


def test_reads_may_end_anywhere(serve) -> None:
    _, session = serve(sending(*(WHOLE[at : at + 1] for at in range(len(WHOLE)))), sending(WHOLE))
    assert [ask(session).said for _ in range(2)] == ["Grüße from here"] * 2


@pytest.mark.parametrize("size", [2, 3, 7, 50, 200])
def test_reads_of_every_size_give_the_same_reply(serve, size: int) -> None:
    parts = [WHOLE[at : at + size] for at in range(0, len(WHOLE), size)]
    _, session = serve(sending(*parts, pause=0.0005))
    turn = ask(session)
    assert (turn.failure, turn.said, turn.tokens) == (None, "Grüße from here", 7)


EMPTY = b"content-length: 0\r\n\r\n"
FAILED_THEN_DONE = [HEAD + text("a") + event('{"error":{"message":"no more"}}') + event("[DONE]") + END]
MOVED = [b"HTTP/1.1 307 Moved\r\nlocation: http://169.254.169.254/\r\n" + EMPTY]
ENDS = (
    ("cut off", [HEAD + text("a")], True, Failure.DISCONNECTED),
    ("without an end", [HEAD + text("a") + END], False, Failure.ERROR_IN_STREAM),
    ("error in the stream, then done", FAILED_THEN_DONE, False, Failure.ERROR_IN_STREAM),
    ("no answer", [b""], True, Failure.DISCONNECTED),
    ("rate limited", [b"HTTP/1.1 429 Too Many\r\n" + EMPTY], False, Failure.ERROR_MESSAGE),
    ("moved", MOVED, False, Failure.ERROR_MESSAGE),
    ("not HTTP", [b"SSH-2.0-OpenSSH\r\n"], False, Failure.ERROR_MESSAGE),
    ("a head without an end", [b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000], False, Failure.ERROR_MESSAGE),
    ("silence", [HEAD], False, Failure.SILENCE),
    ("stall", [HEAD + text("a")], False, Failure.STALL),
    ("a malformed event", [HEAD + event('{"choices":[7]}') + END], False, Failure.ERROR_MESSAGE),
)


@pytest.mark.parametrize(("parts", "close", "failure"), [one[1:] for one in ENDS], ids=[one[0] for one in ENDS])
def test_each_way_to_fail_has_its_own_kind_of_failure(serve, parts: list[bytes], close: bool, failure: Failure) -> None:
    _, session = serve(sending(*parts, close=close), sending(WHOLE))
    turn = ask(session, first_token=0.3, gap=0.3)
    assert turn.failure is failure, turn.detail
    assert ask(session).said == "Grüße from here"  # the next question still works


def test_an_endless_reply_ends_with_its_time_out(serve) -> None:
    _, session = serve(sending(HEAD, *[text("a")] * 100, pause=0.05))
    began = time.perf_counter()
    assert ask(session, reply=0.5).failure is Failure.REPLY_TIMEOUT
    assert time.perf_counter() - began < 1


def test_a_connection_is_kept_between_questions(serve) -> None:
    server, session = serve(sending(WHOLE))
    assert [ask(session).failure for _ in range(3)] == [None] * 3
    assert server.connections == 1 and session.reopened == 0


def test_a_connection_that_was_closed_while_idle_is_opened_again(serve) -> None:
    server, session = serve(sending(WHOLE, close=True), sending(WHOLE))
    assert ask(session).failure is None
    gevent.sleep(0.05)  # the user thinks
    assert not session.connected
    assert ask(session).failure is None
    assert server.connections == 2 and session.reopened == 1


def test_a_question_sent_while_the_server_closes_is_asked_again(serve) -> None:
    def swallow(sock: socket.socket) -> None:
        sock.close()

    server, session = serve(sending(WHOLE), swallow, sending(WHOLE))
    assert [ask(session).said for _ in range(2)] == ["Grüße from here"] * 2
    assert len(server.requests) == 3 and server.requests[1] == server.requests[2]
    assert server.connections == 2 and session.reopened == 1


def test_a_question_to_a_backend_that_always_closes_is_repeated_once_and_fails(serve) -> None:
    server, session = serve(sending(WHOLE), sending(close=True))
    assert ask(session).failure is None
    assert ask(session).failure is Failure.DISCONNECTED
    assert (
        len(server.requests) == 3
    )  # the first question; the second on the kept connection, and again on a new connection


def test_a_user_that_leaves_closes_the_connection(serve) -> None:
    server, session = serve(sending(HEAD, *[text("a")] * 1000, pause=0.01))
    asked = gevent.spawn(ask, session)
    gevent.sleep(0.1)
    session.close()
    asked.kill()
    gevent.sleep(0.1)
    assert server.left == 1


def test_a_user_leaves_with_a_piece_in_the_middle_and_asks_again(serve) -> None:
    """A connection that the user closes by leaving does not count as reopened."""
    server, session = serve(sending(HEAD, *[text("a")] * 300, pause=0.01), sending(WHOLE))
    session.open()
    request, own = CHAT.ask(Conversation(model="m"), "hello")
    turn = LeavingTurn(own, time.perf_counter(), Timeouts(first_token=2, gap=1, reply=3), False, pieces=5)
    turn.asked_at = session.ask(request, StreamedTurn(turn, CHAT), {})
    with gevent.Timeout(2):
        session.follow(turn)
    session.leave()
    session.done()
    gevent.sleep(0.1)
    assert turn.left_at is not None and turn.chunks == 5 and turn.failure is None and server.left == 1
    assert ask(session).said == "Grüße from here" and session.reopened == 0


def test_data_after_a_complete_answer_end_the_connection(serve) -> None:
    _, session = serve(sending(WHOLE + b"HTTP/1.1 200 OK\r\n"), sending(WHOLE))
    assert ask(session).said == ask(session).said == "Grüße from here"
    assert session.reopened == 1


def test_tls_is_read_and_a_wrong_certificate_is_reported(serve) -> None:
    authority = trustme.CA()
    accepting = gevent.ssl.SSLContext(gevent.ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(accepting)
    trusting = gevent.ssl.SSLContext(gevent.ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trusting)
    big = HEAD + b"".join(text("x" * 900) for _ in range(200)) + STOP + END
    _, session = serve(sending(big), tls=accepting, trust=trusting)
    turn = ask(session)
    assert turn.failure is None and turn.text_length == 180_000
    _, doubtful = serve(sending(big), tls=accepting, trust=gevent.ssl.SSLContext(gevent.ssl.PROTOCOL_TLS_CLIENT))
    with pytest.raises(SessionError, match="--ca FILE"):
        doubtful.open()


def test_a_closed_port_is_reported_as_a_refused_connection(serve) -> None:
    server, session = serve(sending(WHOLE))
    server.server.stop()
    with pytest.raises(SessionError, match=r"^connect: Connection refused"):
        session.open()

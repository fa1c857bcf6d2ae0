"""One user's connection to a backend whose replies are HTTP answers. The connection is kept between questions.

Servers close idle connections (uvicorn after 5 s, node after 6 s), and users often think longer. Such a connection is
opened again and counted in a row of its own. It does not count as a failure of the backend, even if a question was sent
just before the connection closed and no byte of an answer came.
"""

from __future__ import annotations

from time import perf_counter
from urllib.parse import urlsplit

from gevent.event import Event as Bell

from reznet_load.chat.answered import AnsweredTurn
from reznet_load.chat.dialect import Request
from reznet_load.chat.streamed import StreamedTurn
from reznet_load.chat.turn import Turn
from reznet_load.core.errors import ProxyError
from reznet_load.core.rows import OPEN_CONNECTION
from reznet_load.core.settings.settings import Timeouts
from reznet_load.deployment.connections.exchange import opened
from reznet_load.deployment.tls import tls_remedy
from reznet_load.load.sockets.reactor import Reactor
from reznet_load.load.sockets.session import Access, SessionError
from reznet_load.load.streams.link import StreamLink
from reznet_load.protocols.http_request import encode

# If a kept connection ends so soon after a question, without a byte of an answer, the server closed it before the question.
_STALE_SECONDS = 1.0


class StreamSession:
    """Ask, then follow the turn to its end.

    ids        headers that identify the last request
    reopened   how many connections were opened again because the backend had closed them between two questions
    opens      the row that times `open`
    bell       set in the loop when the turn may have closed or the connection has ended; wakes the user
    """

    opens = OPEN_CONNECTION

    def __init__(self, reactor: Reactor, access: Access, timeouts: Timeouts) -> None:
        parts = urlsplit(access.host)
        self._secure = parts.scheme == "https"
        self._name = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self._host = parts.netloc.rpartition("@")[2]
        self._base = parts.path.rstrip("/")
        self._reactor = reactor
        self._access = access
        self._timeouts = timeouts
        self.bell = Bell()
        self._link: StreamLink | None = None
        self._turn: StreamedTurn | AnsweredTurn | None = None
        self._request = b""
        self._sent_at = 0.0
        self.ids: dict[str, str] = {}
        self.reopened = 0
        self._ended = False  # did the backend end the last connection between two questions?

    @property
    def connected(self) -> bool:
        """Is a connection open that a question may be sent on?"""
        return self._link is not None and self._link.open

    def open(self) -> None:
        """Connect, with TLS if the host's URL is https. Raises SessionError with the step that failed."""
        seconds = self._timeouts.connect
        try:
            tls = self._access.tls if self._secure else None
            sock = opened(self._name, self._port, tls, seconds, self._access.proxy)
        except TimeoutError:
            raise SessionError(f"connect time-out: no connection within {seconds:g} s") from None
        except ProxyError as error:
            raise SessionError(f"connect: {error}") from None
        except OSError as error:
            remedy = tls_remedy(error, False) if self._secure else ""
            raise SessionError(f"connect: {error.strerror or type(error).__name__}{remedy}") from None
        self.reopened += self._ended
        self._ended = False
        self._link = StreamLink(self._reactor, sock, self._hear, self._lost)

    def ask(self, request: Request, turn: StreamedTurn | AnsweredTurn, headers: dict[str, str]) -> float:
        """Send a question whose answer goes to `turn`; returns the moment of sending, seconds of `time.perf_counter`.

        Raises SessionError if the connection is closed.
        """
        if self._link is None or not self._link.open:
            raise SessionError("disconnected: not connected")
        access = self._access
        self.ids = access.identify()
        cookie = access.jar.header(access.host + request.path)
        fields = {"User-Agent": "reznet-load"} | self.ids | headers | request.headers
        fields |= {"Cookie": cookie} if cookie else {}
        self._request = encode(request.method, self._base + request.path, self._host, fields, request.body)
        self._turn = turn
        self._sent_at = perf_counter()
        return self._link.ask(self._request, turn.read)

    def _hear(self) -> None:
        turn = self._turn
        if turn is None:  # data without a question: the connection cannot be used any longer
            self._ended = True
            return self.close()
        if turn.answer.done:
            self.done()
        if turn.turn.closed or turn.turn.final_at is not None:
            self.bell.set()
        return None

    def _lost(self, reason: str) -> None:
        self._link, link = None, self._link
        turn, now = self._turn, perf_counter()
        if turn is None:
            self._ended = True
            return
        if link is not None and link.silent and link.asked > 1 and now - self._sent_at < _STALE_SECONDS:
            self._ended = True
            return self.bell.set()  # the user wakes up in `follow` and asks again
        turn.closed(now)
        return self.bell.set()

    def follow(self, turn: Turn) -> None:
        """Sleep until the turn is closed; its end or its next deadline wakes the user. Raises SessionError.

        If the backend closed the connection while the user was thinking, the question is asked again on a new one.
        """
        while not turn.closed:
            self.bell.clear()
            self.bell.wait(max(0.0, turn.deadline() - perf_counter()))
            if self._turn is not None and self._link is None and not turn.closed:
                self._ask_again()
            turn.expire(perf_counter())

    def _ask_again(self) -> None:
        self.open()
        assert self._link is not None and self._turn is not None
        self._sent_at = perf_counter()
        self._link.ask(self._request, self._turn.read)

    def done(self) -> None:
        """The answer or its turn is over. Keep the connection if the answer is complete and the backend keeps it open."""
        turn, self._turn = self._turn, None
        if turn is None:
            return
        if turn.answer.cookies:
            self._access.jar.take(self._access.host, turn.answer.cookies)
        if not turn.answer.keeps_alive or turn.answer.rest:
            self._ended = turn.answer.done
            self.close()

    def renew(self) -> None:
        """The next question begins a new conversation. Nothing to do: each question carries its history."""

    def leave(self) -> None:
        """The user leaves: close the connection. The next one does not count as reopened: the backend did not close this one."""
        self.close()

    def close(self) -> None:
        """Close at once, even during an answer: by this a backend notices that its user has left."""
        if self._link is not None:
            self._link.close()
            self._link = None

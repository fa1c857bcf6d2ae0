"""How a worker joins: it repeats what it has until the master has answered, with its options or with a refusal.

Without an answer no user of it starts, so that none runs with other options than the master's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import gevent
from locust.env import Environment
from locust.rpc import Message
from locust.runners import MasterRunner, WorkerRunner

from reznet_load.core.folder import slug
from reznet_load.core.system.descriptors import limit
from reznet_load.load.console import say
from reznet_load.load.workers.terms import Terms, difference, from_data, to_data

HELLO, JOINED, REFUSED = "reznet_hello", "reznet_joined", "reznet_refused"
_AGAIN_SECONDS = 1.0
ANSWER_SECONDS = 5.0  # for workers present at Start: their message is on its way


def join_master(runner: WorkerRunner, terms: Terms, adopt: Callable[[Terms], None]) -> None:
    """A worker's side; `adopt` is called with the master's terms. Ends the process if the master refuses it."""
    answered = gevent.event.Event()

    def on_joined(environment: Environment, msg: Any, **_: Any) -> None:
        if not answered.is_set():
            adopt(from_data(msg.data))
            answered.set()

    def on_refused(environment: Environment, msg: Any, **_: Any) -> None:
        say(f"reznet-load: the master refuses this worker: {msg.data['reason']}", error=True)
        runner.client.send(Message("quit", None, runner.client_id))
        gevent.sleep(0.2)  # time to send that message
        os._exit(2)

    def run() -> None:
        while not answered.is_set():
            runner.send_message(HELLO, to_data(terms) | {"descriptors": limit()})
            answered.wait(_AGAIN_SECONDS)

    runner.register_message(JOINED, on_joined)
    runner.register_message(REFUSED, on_refused)
    gevent.spawn(run)


class Membership:
    """The master's side: which workers may take part.

    closed      a reason why no worker may join any more, "" while they may
    on_joined   called with a worker that has joined
    on_refused  called with the reason why one was refused
    """

    def __init__(self, runner: MasterRunner, terms: Terms) -> None:
        self._runner = runner
        self._terms = terms
        self._limits: dict[str, int] = {}
        self.refused: dict[str, str] = {}
        self.closed = ""
        self.on_joined: Callable[[str], None] = lambda _: None
        self.on_refused: Callable[[str], None] = lambda _: None
        runner.register_message(HELLO, self._on_hello)
        runner.environment.events.worker_connect.add_listener(self._on_connect)

    @property
    def joined(self) -> tuple[str, ...]:
        """Ids of the workers that take part and are connected."""
        return tuple(one for one in self._runner.clients if one in self._limits)

    @property
    def least_descriptors(self) -> int | None:
        """The limit of the worker that may open the fewest; None without workers."""
        return min((self._limits[one] for one in self.joined), default=None)

    def retarget(self, terms: Terms) -> None:
        """Set the terms of another run, with other options."""
        self._terms = terms

    def _on_connect(self, client_id: str, **_: Any) -> None:
        """Runs before Locust gives a worker users: a refused worker must get none, because the others would lose theirs
        to it.
        """
        dispatcher = self._runner._users_dispatcher
        if self.closed and client_id not in self._limits and dispatcher is not None:
            self._runner._users_dispatcher = None  # Locust adds a worker to it at the same moment, and reads it again
            gevent.spawn(setattr, self._runner, "_users_dispatcher", dispatcher)

    def _on_hello(self, environment: Environment, msg: Any, **_: Any) -> None:
        worker = msg.node_id
        reason = self._reason(worker, msg.data)
        if reason:
            if worker not in self.refused:
                say(f"reznet-load: worker {slug(worker)} is refused: {reason}", error=True)
            self.refused[worker] = reason
            self._runner.send_message(REFUSED, {"reason": reason}, client_id=worker)
            self.on_refused(reason)
            return
        fresh = worker not in self._limits
        self._limits[worker] = int(msg.data.get("descriptors", 0))
        self._runner.send_message(JOINED, to_data(self._terms), client_id=worker)
        if fresh:
            self.on_joined(worker)

    def _reason(self, worker: str, data: Any) -> str:
        if self.closed and worker not in self._limits:
            return self.closed
        try:
            return difference(self._terms, from_data(data))
        except (KeyError, TypeError, ValueError, AttributeError):
            return "it speaks another version of reznet-load: install the same on both"

    def wait(self, seconds: float = ANSWER_SECONDS) -> str:
        """Wait until each connected worker has joined; returns why one of them cannot, "" if all have."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            waiting = [one for one in self._runner.clients if one not in self._limits]
            if not waiting or any(one in self.refused for one in waiting):
                break
            gevent.sleep(0.05)
        if reasons := [self.refused[one] for one in self._runner.clients if one in self.refused]:
            return f"a worker is refused: {reasons[0]}"
        if silent := [slug(one) for one in self._runner.clients if one not in self._limits]:
            return f"worker {silent[0]} did not report its version: use this version of reznet-load and its locustfiles there"
        return ""

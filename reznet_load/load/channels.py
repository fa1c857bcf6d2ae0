"""Channels for users: made by the master, at most four at a time over all workers, handed out on request.

Gentle on purpose: a real v1 freezes for good when 50 users arrive at once (its 30 database connections are taken
by handlers that wait for each other). Headless runs make theirs before the first user; in the web UI users wait for
theirs.
"""

from __future__ import annotations

import itertools
import secrets
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import gevent
from gevent.event import AsyncResult
from gevent.lock import BoundedSemaphore
from gevent.pool import Pool
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from reznet_load.core.errors import TargetError
from reznet_load.core.folder import CHANNELS
from reznet_load.core.kept.file import KeptFile, Loss, close_patiently
from reznet_load.core.rows import POST_CHANNEL
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock
from reznet_load.deployment.alive.hold import NOTE as SHOWN_ON
from reznet_load.deployment.alive.hold import Hold
from reznet_load.deployment.api import Api
from reznet_load.deployment.channels import PREFIX, make
from reznet_load.deployment.prepare import Prepared
from reznet_load.dialects.every import DEFAULT
from reznet_load.dialects.reznet import RezNet
from reznet_load.load.record import Recorder

AT_ONCE = 4
WAIT_SECONDS = 30.0
ASK, GIVE = "reznet_channel_ask", "reznet_channel_give"


class ChannelStore:
    """The master's (or only process') side: makes channels and keeps a list of them for the clean-up.

    `gentle` False (the herd): no user waits for a turn, and making a channel is a measured request.
    """

    def __init__(self, settings: Settings, runner: Any, recorder: Recorder, gentle: bool = True) -> None:
        self._settings = settings
        self._runner = runner
        self._recorder = recorder
        self._gate = BoundedSemaphore(AT_ONCE) if gentle else nullcontext()
        self._gentle = gentle
        self._ready: list[str] = []
        self._made: KeptFile | None = None
        self._run = ""
        self._until = 0.0
        self._dialect = DEFAULT
        self._hold: Hold | None = None
        self._numbers = itertools.count(1)
        if isinstance(runner, MasterRunner):
            runner.register_message(ASK, self._on_ask, concurrent=True)

    def start(self, settings: Settings, folder: Path, run: str, until: float, dialect: RezNet) -> None:
        """A new run, maybe on another host: none of the old one's channels is handed out again."""
        self._settings = settings
        self._made = KeptFile(folder / CHANNELS)
        self._run = run
        self._until = until
        self._made.open()
        self._made.add(f"#{PREFIX}{run}-\n".encode())
        self._made.flush()
        self._dialect = dialect
        self._hold = Hold(self._settings, run)
        self._ready.clear()
        self._numbers = itertools.count(1)

    def end(self) -> list[Loss]:
        """The run is over: ids of channels that could not be written down."""
        if self._hold is not None:
            self._hold.end()
        made = self._made
        self._made = None
        return close_patiently([made], 0.0) if made is not None else []

    def make_ahead(self, count: int) -> None:
        """Make `count` channels, four at a time; none in a herd. Raises TargetError at the first that fails."""
        if not self._gentle:
            return
        pool = Pool(AT_ONCE)
        made = list(pool.imap_unordered(lambda _: self._tried(), range(count)))
        if refused := next((one for one in made if isinstance(one, TargetError)), None):
            raise refused
        self._ready += [one for one in made if isinstance(one, str)]

    def notes(self, seconds: float) -> dict[str, str]:
        """For the reader: how channels came about, in `seconds` ahead, and by what other runs see that this one is on."""
        return {"set-up": self._set_up(seconds), SHOWN_ON: self._hold.text if self._hold else ""}

    def _set_up(self, seconds: float) -> str:
        if not self._gentle:
            return f"each chat and agent user made one channel {PREFIX}* when it arrived, all at the same moment"
        return f"channels {PREFIX}* made in {seconds:.1f} s before the first user, {AT_ONCE} at a time"

    @property
    def _alive(self) -> str:
        return self._hold.sign.text if self._hold and self._hold.sign else ""

    def _tried(self) -> str | TargetError:
        """For the pool, whose greenlets would print a traceback of what they raise."""
        try:
            return self._make()
        except TargetError as error:
            return error

    def take(self) -> str:
        """A channel id; made now where none was made ahead."""
        return self._ready.pop() if self._ready else self._make()

    def _make(self) -> str:
        with self._gate:
            start = clock.now()
            began = time.perf_counter()
            error = None
            try:
                api = Api(self._settings, patient=self._gentle)  # arriving is what a herd measures
                channel = make(api, self._run, next(self._numbers), self._until, self._dialect, self._alive)
            except TargetError as failure:
                error = failure
            if not self._gentle:
                took = (time.perf_counter() - began) * 1000
                text = "no channel made" if error else None
                self._recorder.record(POST_CHANNEL.seen(took, start, error=text))
            if error:
                raise error
        if self._made is not None:
            self._made.add(f"{channel}\n".encode())
            self._made.flush()
        return channel

    def _on_ask(self, environment: Environment, msg: Any, **_: Any) -> None:
        try:
            answer = {"id": self.take()}
        except TargetError as error:
            answer = {"error": str(error)}
        self._runner.send_message(GIVE, answer | {"ticket": msg.data["ticket"]}, client_id=msg.node_id)


class ChannelClient:
    """A worker's side: asks the master."""

    def __init__(self, runner: WorkerRunner) -> None:
        self._runner = runner
        self._open: dict[int, AsyncResult] = {}
        self._tickets = itertools.count(1)
        runner.register_message(GIVE, self._on_give)

    def take(self) -> str:
        """A channel id. Raises TargetError where none came in time or none could be made."""
        ticket, answer = next(self._tickets), AsyncResult()
        self._open[ticket] = answer
        self._runner.send_message(ASK, {"ticket": ticket})
        try:
            return answer.get(timeout=WAIT_SECONDS)
        except gevent.Timeout:
            raise TargetError(f"no channel within {WAIT_SECONDS:g} s from the master") from None
        finally:
            self._open.pop(ticket, None)

    def _on_give(self, environment: Environment, msg: Any, **_: Any) -> None:
        waiting = self._open.get(msg.data["ticket"])
        if waiting is not None and "id" in msg.data:
            waiting.set(msg.data["id"])
        elif waiting is not None:
            waiting.set_exception(TargetError(msg.data["error"]))


def made_ready(
    store: ChannelStore | ChannelClient, settings: Settings, prepared: Prepared, duration: float, ahead: int
) -> dict[str, str]:
    """Channels for a run of `duration` seconds, `ahead` of them made now; how they came about, for the reader."""
    speaks = prepared.deployment.speaks
    assert isinstance(store, ChannelStore) and isinstance(speaks, RezNet)
    # Two runs of one second, from two machines, must not meet in a name.
    token = f"{prepared.info.id.split('_')[0]}-{secrets.token_hex(2)}"
    store.start(settings, prepared.folder, token, surely_over(duration), speaks)
    began = time.monotonic()
    store.make_ahead(ahead)
    return store.notes(time.monotonic() - began)


def surely_over(duration: float) -> float:
    """When a run of `duration` seconds is over whatever happened, seconds since the epoch."""
    return time.time() + duration + 600

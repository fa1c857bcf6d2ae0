"""Channels for users: created by the master, at most four at a time for all workers, given to users on request.

Deliberately gentle: a real v1 freezes permanently if 50 users arrive at once (its 30 database connections are held by
handlers that wait for each other). Headless runs create the channels before the first user; in the web UI users wait
for theirs.
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
    """The side of the master or only process: creates channels and keeps a list of them for the clean-up.

    `gentle` False (the herd): users do not queue for channels, and creating a channel is a measured request.
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
        """Begin a new run, perhaps on another host: no channel of the previous run is used again."""
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
        """The run is over; returns the ids of channels that could not be written to the file."""
        if self._hold is not None:
            self._hold.end()
        made = self._made
        self._made = None
        return close_patiently([made], 0.0) if made is not None else []

    def make_ahead(self, count: int) -> None:
        """Create `count` channels, four at a time; none in a herd. Raises TargetError at the first that fails."""
        if not self._gentle:
            return
        pool = Pool(AT_ONCE)
        made = list(pool.imap_unordered(lambda _: self._tried(), range(count)))
        if refused := next((one for one in made if isinstance(one, TargetError)), None):
            raise refused
        self._ready += [one for one in made if isinstance(one, str)]

    def notes(self, seconds: float) -> dict[str, str]:
        """For the reader: how channels were created (`seconds` in advance), and how other runs see that this one is on."""
        return {"set-up": self._set_up(seconds), SHOWN_ON: self._hold.text if self._hold else ""}

    def _set_up(self, seconds: float) -> str:
        if not self._gentle:
            return f"each chat and agent user made one channel {PREFIX}* when it arrived, all at the same moment"
        return f"made the channels {PREFIX}* before the first user, in {seconds:.1f} s, {AT_ONCE} at a time"

    @property
    def _alive(self) -> str:
        return self._hold.sign.text if self._hold and self._hold.sign else ""

    def _tried(self) -> str | TargetError:
        """Returns errors for the pool, whose greenlets would print a traceback of a raised one."""
        try:
            return self._make()
        except TargetError as error:
            return error

    def take(self) -> str:
        """A channel id; the channel is created now if none is left."""
        return self._ready.pop() if self._ready else self._make()

    def _make(self) -> str:
        with self._gate:
            start = clock.now()
            began = time.perf_counter()
            error = None
            try:
                api = Api(self._settings, patient=self._gentle)  # a herd measures the arrivals themselves
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
    """A worker's side: requests channels from the master."""

    def __init__(self, runner: WorkerRunner) -> None:
        self._runner = runner
        self._open: dict[int, AsyncResult] = {}
        self._tickets = itertools.count(1)
        runner.register_message(GIVE, self._on_give)

    def take(self) -> str:
        """A channel id. Raises TargetError if none came in time or none could be created."""
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
    """Prepare channels for a run of `duration` seconds, `ahead` of them created now; returns how, for the reader."""
    speaks = prepared.deployment.speaks
    assert isinstance(store, ChannelStore) and isinstance(speaks, RezNet)
    # Two runs started in the same second on two machines must have different names.
    token = f"{prepared.info.id.split('_')[0]}-{secrets.token_hex(2)}"
    store.start(settings, prepared.folder, token, surely_over(duration), speaks)
    began = time.monotonic()
    store.make_ahead(ahead)
    return store.notes(time.monotonic() - began)


def surely_over(duration: float) -> float:
    """When a run of `duration` seconds is certainly over, seconds since the epoch."""
    return time.time() + duration + 600

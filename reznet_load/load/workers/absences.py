"""Workers that are silent for a while: their process or machine stands still, or their connection is cut.

Failures of their users meanwhile are not the backend's; if that falls into a judged phase, the load was not as planned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from locust.runners import MasterRunner

from reznet_load.core.failed.generator_faults import AWAY
from reznet_load.core.folder import slug
from reznet_load.core.profile import Phase
from reznet_load.core.run import Caution
from reznet_load.core.system import clock
from reznet_load.core.units import format_duration

SILENT_SECONDS = 3.0  # a worker sends a heartbeat each second; as many seconds with too few users void nothing
_SHARE = 0.01  # of a judged phase, as for missing users


@dataclass(slots=True)
class Absence:
    """From the last message of `worker` to the next, s by the run's clock; `until` None: it never came back."""

    worker: str
    users: int
    since: float
    until: float | None = None


class Absences:
    """Gets messages of workers and a check each second; `now` is its clock."""

    def __init__(self, now: Callable[[], float] = clock.now) -> None:
        self._now = now
        self._last: dict[str, float] = {}
        self._users: dict[str, int] = {}
        self._looked = now()
        self.seen: list[Absence] = []

    def watch(self, runner: MasterRunner) -> None:
        """Count every heartbeat of a worker as a message."""
        runner.environment.events.heartbeat_sent.add_listener(lambda client_id, **_: self.sign(client_id))

    def start(self, workers: Iterable[str]) -> None:
        """A new run with `workers`."""
        self._last = dict.fromkeys(workers, self._now())
        self._users = {}
        self.seen = []
        self._looked = self._now()

    def sign(self, worker: str) -> None:
        """A message of `worker` arrived."""
        now = self._now()
        if worker in self._last:
            self._close(worker, now)
        self._last[worker] = now

    @property
    def known(self) -> set[str]:
        """Workers that are observed."""
        return set(self._last)

    def look(self, users: dict[str, int]) -> None:
        """Check each second which workers are silent. `users`: how many run on each, as it last reported."""
        now = self._now()
        stood = now - self._looked
        self._looked = now
        if stood > SILENT_SECONDS:  # this process itself stood still: messages that came meanwhile are about to be read
            self._last = {worker: at + stood for worker, at in self._last.items()}
            return
        for worker, last in self._last.items():
            if now - last <= SILENT_SECONDS:
                self._users[worker] = users.get(worker, 0) or self._users.get(worker, 0)
            elif not any(one.worker == worker and one.until is None for one in self.seen):
                self.seen.append(Absence(worker, self._users.get(worker, 0), last))

    def leave(self, worker: str) -> None:
        """The worker announced that it leaves."""
        self._last.pop(worker, None)

    def _close(self, worker: str, now: float) -> None:
        for one in self.seen:
            if one.worker == worker and one.until is None:
                one.until = now

    def cautions(self, phases: Iterable[Phase], origin: float, end: float) -> tuple[Caution, ...]:
        """One for each worker that was away, void if enough of it is in a judged phase of the run."""
        judged = [phase for phase in phases if phase.judged]
        by_worker: dict[str, list[Absence]] = {}
        for one in self.seen:
            by_worker.setdefault(one.worker, []).append(one)
        return tuple(_caution(worker, found, judged, origin, end) for worker, found in sorted(by_worker.items()))


def _caution(worker: str, found: list[Absence], judged: list[Phase], origin: float, end: float) -> Caution:
    spans = [(one.since, end if one.until is None else one.until) for one in found]
    void = any(
        (away := sum(max(0.0, min(until, phase.end) - max(since, phase.start)) for since, until in spans))
        >= SILENT_SECONDS
        and away > _SHARE * phase.seconds
        for phase in judged
    )
    users, total = max(one.users for one in found), sum(until - since for since, until in spans)
    times = ", ".join(f"{_at(since - origin)} to {_at(until - origin)}" for since, until in spans[:3])
    back = "" if all(one.until is not None for one in found) else " and did not come back"
    whose = f"Worker {slug(worker)} with its {users} user{'' if users == 1 else 's'}"
    return Caution(
        f"{AWAY}{slug(worker)}",
        f"{whose} was away for {format_duration(total)} ({times} after the first user came){back}: its process or its machine "
        "stood still, or its link was cut. The backend did not cause the failures of its users in that time.",
        "Look at that machine (suspended, stopped, out of memory) and at its link to the master, and repeat the run.",
        void=void,
    )


def _at(seconds: float) -> str:
    return f"{max(0.0, seconds):.0f} s"


def users_of(runner: Any) -> dict[str, int]:
    """How many users each worker of a master runs, by its last report."""
    return {worker: node.user_count for worker, node in runner.clients.items()}

"""CPU, memory, threads, open files, sockets and waiting for a core of the processes under test on this machine, each
second.

Cost: a read of /proc per process, one per thread (10 µs) and a readlink per open file, 8 µs: with 700 files 0.6 % of a
core, in the probes' own process; nothing in the servers.
"""

from __future__ import annotations

import os
import time
from typing import Any
from urllib.parse import urlsplit

import psutil

from reznet_load.core import rows
from reznet_load.core.measured.named_row import RowFamily
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.run_queue import RunQueue
from reznet_load.core.text.secrets import mask_url
from reznet_load.probes.probe import Notes, ProbedRun, ProbeError, Task
from reznet_load.probes.prometheus import CPU, FILES, MEMORY, MetricsPage

_EVERY = 1.0
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost", "0.0.0.0"})
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "postgres": 5432, "redis": 6379, "rediss": 6379}


class ProcessProbe:
    """Finds the target by `--pid`, by its listening port, or by its page `--prometheus`; PostgreSQL and Redis by their
    ports.

    Each includes its children, also workers; for the target's memory the largest process counts.
    """

    name = "processes"

    def __init__(self, settings: Settings, notes: Notes) -> None:
        self._settings = settings
        self._notes = notes
        self._watched: dict[str, dict[int, psutil.Process]] = {}
        self._queues: dict[int, RunQueue] = {}
        self._roots: dict[str, int] = {}
        self._hidden: dict[str, str] = {}
        self._page = MetricsPage(settings, notes) if settings.prometheus else None

    @classmethod
    def of_run(cls, run: ProbedRun) -> ProcessProbe:
        """Of the run's settings."""
        return cls(run.settings, run.notes)

    def open(self) -> dict[str, Any]:
        """Which processes are observed. Raises ProbeError if the target is not on this machine or cannot be observed."""
        settings = self._settings
        urls = {"target": settings.host, "postgres": settings.database_url, "redis": settings.redis_url}
        if self._page is not None:
            del urls["target"]
            there = self._page.open()
            self._hidden |= {row: why for metric, row, why in _NOT_ON_PAGE if metric not in there}
        forwarded = ""
        for name, url in urls.items():
            pid = settings.pid if name == "target" and settings.pid else listener(url) if url else None
            program = "" if pid is None or pid == settings.pid else program_of(pid)
            if program in _FORWARDERS:
                forwarded = program if name == "target" else forwarded
            elif pid is not None:
                self._roots[name] = pid
        if self._page is None and "target" not in self._roots:
            if forwarded:
                raise ProbeError(
                    f"the target's port is held by {forwarded}, which only forwards: give the process behind it with --pid, or "
                    "its metrics page with --prometheus URL"
                )
            raise ProbeError(
                f"no process seen listening at {urlsplit(settings.host).netloc.rpartition('@')[2]} on this machine: the target "
                "runs elsewhere or as another user; give its process with --pid, or its metrics page with --prometheus URL"
            )
        self._count_cpu()
        return {"watched": dict(self._roots)} | ({"prometheus": mask_url(settings.prometheus)} if self._page else {})

    def _count_cpu(self) -> None:
        """A first reading, because percentages refer to the previous one."""
        for name in self._roots:
            for process in self._family(name):
                process.cpu_percent()
            self._waited(name)

    def _waited(self, name: str) -> float | None:
        """Percent of the time since the last call in which the worst process was ready to run and had no core."""
        now, found = time.monotonic(), []
        for pid in self._watched.get(name, {}):
            queue = self._queues.setdefault(pid, RunQueue(pid))
            found.append(queue.waited_percent(now))
        return max((percent for percent in found if percent is not None), default=None)

    def _family(self, name: str) -> list[psutil.Process]:
        """The process and its children, always the same objects, because their CPU is counted between two readings."""
        known, root = self._watched.setdefault(name, {}), self._roots[name]
        try:
            process = known.setdefault(root, psutil.Process(root))
            alive = {root} | _children(process)
            for other in alive & (set(self._roots.values()) - {root}):  # the embedded target starts its own servers
                alive -= {other} | _children(psutil.Process(other))
        except psutil.Error:
            return []
        for pid in alive - known.keys():
            try:
                known[pid] = psutil.Process(pid)
            except psutil.Error:
                continue
        for pid in known.keys() - alive:
            del known[pid]
        return list(known.values())

    def tasks(self) -> list[Task]:
        """One reading of all of them per second."""
        return [Task(_EVERY, self._look)] + ([Task(_EVERY, self._page.look)] if self._page else [])

    def _look(self, _: float) -> None:
        for name in self._roots:
            seen = [found for process in self._family(name) if (found := _reading(process))]
            if not seen:
                raise ProbeError(f"the process of {name} ({self._roots[name]}) has ended")
            for family in rows.OF_PROCESSES:
                row = family.of(name)
                if all(family in one for one in seen):
                    values = [one[family] for one in seen]
                    # The requirement applies to each process of the target.
                    self._notes.gauge(row, max(values) if row.key == rows.TARGET_MEMORY.key else sum(values))
                else:  # a sum over those that may be read would be too small
                    what = row.name.removeprefix(name).strip()
                    self._hidden[row.key] = f"{what} of {name} are another user's: run as that user, or as root"
            if (waited := self._waited(name)) is not None:
                self._notes.gauge(rows.PROCESS_WAITING.of(name), waited)

    def close(self) -> dict[str, Any]:
        """The rows that the system hides, with the reason."""
        hidden = self._hidden | (self._page.never_seen() if self._page else {})
        return {"hidden": hidden} if hidden else {}


_NOT_ON_PAGE = tuple(
    (metric, row, f"the page of --prometheus has no {metric}")
    for metric, row in (
        (CPU, rows.TARGET_CPU.key),
        (MEMORY, rows.TARGET_MEMORY.key),
        (FILES, rows.PROCESS_FILES.of("target").key),
    )
)
# Programs that hold a port for a server in a container, behind a tunnel or on another host: their memory is not the
# server's.
_FORWARDERS = frozenset(
    {"docker-proxy", "com.docker.backend", "rootlessport", "rootlesskit", "conmon", "pasta", "passt", "slirp4netns", "wslrelay",
     "kubectl", "ssh", "sshd", "socat", "gvproxy", "haproxy", "envoy", "traefik", "caddy", "nginx", "pgbouncer", "pgcat", "odyssey"}
)  # fmt: skip
# The values of `_reading`. PostgreSQL's memory counts shared buffers once per child; proportional shares would not.


def _reading(process: psutil.Process) -> dict[RowFamily, float]:
    """The readable values of `process`; those of another user's hide its files. {} if it has ended."""
    found: dict[RowFamily, float] = {}
    try:
        with process.oneshot():
            found[rows.PROCESS_MEMORY] = process.memory_info().rss / 1e6
            found[rows.PROCESS_CPU] = process.cpu_percent()
            found[rows.PROCESS_THREADS] = process.num_threads()
            found[rows.PROCESS_FILES] = process.num_fds()
            found[rows.PROCESS_SOCKETS] = sockets(process)
    except psutil.AccessDenied:
        pass
    except psutil.Error:
        return {}
    return found


def _children(process: psutil.Process) -> set[int]:
    """Children of every generation. Raises psutil.Error."""
    return {child.pid for child in process.children(recursive=True)}


def program_of(pid: int) -> str:
    """Its name; empty if it has ended or may not be read."""
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return ""


def sockets(process: psutil.Process) -> int:
    """The number of sockets it holds, of any kind. Raises psutil.Error.

    On Linux one readlink per file: psutil's own list reads every connection of the machine.
    """
    if not psutil.LINUX:
        return len(process.net_connections(kind="all"))
    found, folder = 0, f"/proc/{process.pid}/fd"
    try:
        for name in os.listdir(folder):  # noqa: PTH208 - a Path an entry costs twice the readlink
            try:
                found += os.readlink(f"{folder}/{name}").startswith("socket:")  # noqa: PTH115 - as above
            except OSError:
                continue  # it was closed in the meantime
    except PermissionError:
        raise psutil.AccessDenied(process.pid) from None
    except OSError:
        raise psutil.NoSuchProcess(process.pid) from None
    return found


def listener(url: str) -> int | None:
    """The process that listens on `url`'s port of this machine; None if it is elsewhere or cannot be seen."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    own = {address.address for addresses in psutil.net_if_addrs().values() for address in addresses}
    if host not in _LOCAL and host not in own:
        return None
    try:
        found = psutil.net_connections(kind="tcp")
    except psutil.Error:
        return None
    listening = [c for c in found if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port]
    return next((c.pid for c in listening if c.pid), None)

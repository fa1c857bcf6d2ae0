"""The cookies given on the command line, renewed by the server as in a browser, shared by all processes of a run.

A server with sliding sessions answers with a new id and soon invalidates the old one. All users with the same given
cookies have the same session: set-up, users and clean-up, in separate processes, must know the newest id. It is kept in
memory that they share (a memfd: no file, gone with its process); a worker on another machine has its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import mmap
import os
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from reznet_load.core.settings.accounts import cookie_header
from reznet_load.core.text.secrets import remember

SHARED = "REZNET_LOAD_SESSION_COOKIES"  # environment variable that says where that memory is
_BYTES = 1 << 20
_HEAD = struct.Struct("<QI")  # number of changes, length of the JSON that follows


class _SharedMemory:
    """Renewed cookies by session, visible to every process that inherits SHARED."""

    def __init__(self) -> None:
        path = os.environ.get(SHARED, "")
        try:
            self._file = os.open(path, os.O_RDWR) if path else self._made()
        except OSError:  # the process that created it has ended
            self._file = self._made()
        self._own = Path(f"/proc/self/fd/{self._file}")
        self._memory = mmap.mmap(self._file, _BYTES)
        self._thread = threading.Lock()

    @staticmethod
    def _made() -> int:
        file = os.memfd_create("reznet-load-cookies")
        os.ftruncate(file, _BYTES)
        os.environ[SHARED] = f"/proc/{os.getpid()}/fd/{file}"
        return file

    @property
    def changes(self) -> int:
        """The number of renewals; cheap enough to read before each request."""
        return int(_HEAD.unpack_from(self._memory)[0])

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._thread, self._own.open("rb") as file:  # a lock belongs to an open file, so each call opens its own
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _read(self) -> dict[str, dict[str, str]]:
        length = _HEAD.unpack_from(self._memory)[1]
        return json.loads(self._memory[_HEAD.size : _HEAD.size + length]) if length else {}

    def get(self, session: str) -> tuple[int, dict[str, str]]:
        """(changes, the newest cookies of `session`)."""
        with self._alone():
            return self.changes, self._read().get(session, {})

    def renew(self, session: str, name: str, value: str) -> None:
        """Keep a cookie that a server set, unless there is no room for it."""
        with self._alone():
            known = self._read()
            known.setdefault(session, {})[name] = value
            text = json.dumps(known).encode()
            if len(text) <= _BYTES - _HEAD.size:
                self._memory[_HEAD.size : _HEAD.size + len(text)] = text
                _HEAD.pack_into(self._memory, 0, self.changes + 1, len(text))


@lru_cache(1)
def _shared() -> _SharedMemory:
    return _SharedMemory()


class SessionCookies:
    """The present values of the cookies given by --cookie and an account. `header` reads shared memory: below 1 µs."""

    def __init__(self, given: Mapping[str, str], host: str) -> None:
        """`given` for the deployment at the URL `host`: those for another host are another session."""
        self._given = dict(given)
        self._session = hashlib.sha256(json.dumps([host, sorted(given.items())]).encode()).hexdigest()[:16]
        self._memory = _shared() if given and hasattr(os, "memfd_create") else None
        self._seen = -1
        self._now: dict[str, str] = dict(given)
        self._header = cookie_header(self._now)

    def __contains__(self, name: str) -> bool:
        return name in self._given

    @property
    def header(self) -> str:
        """The value of the `Cookie` header; "" if there are no cookies."""
        if self._memory is not None and self._memory.changes != self._seen:
            self._seen, renewed = self._memory.get(self._session)
            self._now = self._given | renewed
            self._header = cookie_header(self._now)
        return self._header

    def renew(self, name: str, value: str) -> None:
        """The server set a given cookie to a new value, which is masked like the old one."""
        if self._now.get(name) == value:
            return
        remember(value)
        self._now = self._now | {name: value}
        self._header = cookie_header(self._now)
        if self._memory is not None:
            self._memory.renew(self._session, name, value)

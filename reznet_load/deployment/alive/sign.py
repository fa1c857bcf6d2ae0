"""A sign of life: where a run shows that it is on, as the topics of its channels name it.

`redis:3f2a…0` is a key on one Redis server and database, `lock:16384.1764…` an advisory lock of one PostgreSQL database since
its start. A sign counts only on that very server: the same name elsewhere, or after a restart, says nothing of the run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

_WRITTEN = re.compile(r"\balive=(?P<way>redis|lock):(?P<where>[0-9A-Za-z.]{1,80})\b")


class CannotShowError(Exception):
    """A server is not there, or not for this: its text is the reason for the reader."""


@dataclass(frozen=True, slots=True)
class LifeSign:
    """`way` "redis" or "lock", and `where` which server that is."""

    way: str
    where: str

    @property
    def text(self) -> str:
        """As a topic has it."""
        return f"alive={self.way}:{self.where}"


def sign_in(topic: str) -> LifeSign | None:
    """The sign that a topic names; None where its run shows none."""
    found = _WRITTEN.search(topic)
    return LifeSign(found["way"], found["where"]) if found else None


class LifeKeeper(Protocol):
    """Shows that one run is on, as long as `renew` is called every RENEW_SECONDS."""

    sign: LifeSign

    def renew(self) -> None:
        """Show it for a while longer. May raise anything of its driver; the next call tries again."""

    def close(self) -> None:
        """End the connection; what was shown ends by itself."""

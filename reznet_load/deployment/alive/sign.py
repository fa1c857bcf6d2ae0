"""A sign of life: where a run shows that it is on. The topics of its channels name the place.

`redis:3f2a…0` is a key on one Redis server and database, `lock:16384.1764…` an advisory lock of one PostgreSQL database
since its start. A sign is valid only on that very server: the same name elsewhere, or after a restart, proves nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

_WRITTEN = re.compile(r"\balive=(?P<way>redis|lock):(?P<where>[0-9A-Za-z.]{1,80})\b")


class CannotShowError(Exception):
    """A server is unavailable, or cannot be used for this: the text is the reason for the reader."""


@dataclass(frozen=True, slots=True)
class LifeSign:
    """`way` is "redis" or "lock"; `where` identifies the server."""

    way: str
    where: str

    @property
    def text(self) -> str:
        """The sign as a topic contains it."""
        return f"alive={self.way}:{self.where}"


def sign_in(topic: str) -> LifeSign | None:
    """The sign in a topic; None if the run shows none."""
    found = _WRITTEN.search(topic)
    return LifeSign(found["way"], found["where"]) if found else None


class LifeKeeper(Protocol):
    """Shows that one run is on, as long as `renew` is called every RENEW_SECONDS."""

    sign: LifeSign

    def renew(self) -> None:
        """Show it for some time more. May raise any error of the driver; the next call tries again."""

    def close(self) -> None:
        """Close the connection; the sign ends by itself."""

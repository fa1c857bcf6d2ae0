"""The channels that a run creates for its users; their names tell later runs which run created them."""

from __future__ import annotations

import os
import re
import socket
import time
from enum import Enum
from typing import Any

from reznet_load.core.errors import TargetError
from reznet_load.core.system.machine import process_mark, same_machine
from reznet_load.core.text.foreign_text import safe
from reznet_load.deployment.api import Api
from reznet_load.dialects.every import DEFAULT
from reznet_load.dialects.reznet import RezNet

PREFIX = "reznet-load-"
_OWNER = re.compile(r"host=(?P<host>\S+) pid=(?P<pid>\d+)(?: mark=(?P<mark>\S+))? until=(?P<until>\d+)")
_ID = re.compile(r"[A-Za-z0-9._~-]{1,200}")


class Maker(Enum):
    """What is known of the run that created a channel."""

    ON = "its process is on this machine"
    OVER = "its process was on this machine and has ended"
    LATE = "another machine's, and expired by this clock, which may be wrong"
    UNKNOWN = "another machine's, or its topic does not say"


def name(run: str, number: int) -> str:
    """The name of a run's channel; unique, shorter than the contract's 100 characters."""
    return f"{PREFIX}{run}-{number:05d}"


def owner(until: float, alive: str = "") -> str:
    """A topic that says which run created a channel.

    It also says when the channel is certainly left over (`until`, seconds since the epoch), and where its run shows
    that it is on (`alive`, the text of a LifeSign).
    """
    mark = process_mark(os.getpid())
    made_by = f"host={socket.gethostname()} pid={os.getpid()} mark={mark} until={int(until)}"
    return f"load test channel, safe to delete: {made_by} {alive}".rstrip()


def is_ours(channel: Any) -> bool:
    """Does the channel have a name that only runs give, and an id that is safe in a path?"""
    return (
        isinstance(channel, dict)
        and str(channel.get("name", "")).startswith(PREFIX)
        and _ID.fullmatch(str(channel.get("id", ""))) is not None
    )


def run_of(channel: dict[str, Any]) -> str:
    """The run in the name of a channel of ours."""
    return str(channel["name"]).removeprefix(PREFIX).rpartition("-")[0]


def maker(channel: dict[str, Any]) -> Maker:
    """Is the run that created this channel of ours over? A host name and a pid alone prove nothing: containers share
    them.
    """
    found = _OWNER.search(str(channel.get("topic") or ""))
    if not found:
        return Maker.UNKNOWN
    mark = found["mark"] or ""
    if same_machine(mark):
        return Maker.ON if process_mark(int(found["pid"])) == mark else Maker.OVER
    return Maker.LATE if time.time() > int(found["until"]) else Maker.UNKNOWN


def make(api: Api, run: str, number: int, until: float, dialect: RezNet = DEFAULT, alive: str = "") -> str:
    """Create one channel; returns its id. Raises TargetError with what the deployment answered."""
    answer = api.call("POST", dialect.paths.channels, {"name": name(run, number), "topic": owner(until, alive)})
    if not answer.ok or not isinstance(answer.body, dict):
        raise TargetError(
            f"POST {api.host}{dialect.paths.channels} answered {answer.said}; expected the channel that was made"
        )
    if answer.body.get("name") != name(run, number) or not is_ours(answer.body):
        raise TargetError(
            f"POST {api.host}{dialect.paths.channels} answered the channel {safe(answer.body.get('name'), 60)!r} with the id "
            f"{safe(answer.body.get('id'), 60)!r}; expected the one that was to be made, {name(run, number)}: no other is used"
        )
    return str(answer.body["id"])


def listed(api: Api, dialect: RezNet = DEFAULT) -> list[dict[str, Any]]:
    """Every channel that REST lists: those that are not archived. Raises TargetError."""
    answer = api.call("GET", dialect.paths.channels)
    if not answer.ok or not isinstance(answer.body, list):
        raise TargetError(f"GET {api.host}{dialect.paths.channels} answered {answer.said}; expected a list of channels")
    return [one for one in answer.body if isinstance(one, dict)]

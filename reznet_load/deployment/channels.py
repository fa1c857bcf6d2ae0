"""The channels a run makes for its users: named so that every later run knows whose they are."""

from __future__ import annotations

import os
import re
import socket
import time
from typing import Any

from reznet_load.core.errors import TargetError
from reznet_load.core.system.machine import alive
from reznet_load.deployment.api import Api
from reznet_load.dialects.every import DEFAULT
from reznet_load.dialects.reznet import RezNet

PREFIX = "reznet-load-"
_OWNER = re.compile(r"host=(?P<host>\S+) pid=(?P<pid>\d+) until=(?P<until>\d+)")


def name(run: str, number: int) -> str:
    """The name of a run's channel; unique, below the contract's 100 characters."""
    return f"{PREFIX}{run}-{number:05d}"


def owner(until: float) -> str:
    """A topic that says who made a channel and when it is surely left over (`until`, seconds since the epoch)."""
    return f"load test channel, safe to delete: host={socket.gethostname()} pid={os.getpid()} until={int(until)}"


def left_over(channel: dict[str, Any]) -> bool:
    """Was `channel` made by a run that is over? By name, then by its maker's process or the time it stated."""
    if not str(channel.get("name", "")).startswith(PREFIX):
        return False
    found = _OWNER.search(str(channel.get("topic") or ""))
    if not found:
        return False
    if time.time() > int(found["until"]):
        return True
    return found["host"] == socket.gethostname() and not alive(int(found["pid"]))


def make(api: Api, run: str, number: int, until: float, dialect: RezNet = DEFAULT) -> str:
    """Make one channel, its id. Raises TargetError with what the deployment answered."""
    answer = api.call("POST", dialect.paths.channels, {"name": name(run, number), "topic": owner(until)})
    if not answer.ok or not isinstance(answer.body, dict) or not answer.body.get("id"):
        raise TargetError(
            f"POST {api.host}{dialect.paths.channels} answered {answer.said}; expected the channel that was made"
        )
    return str(answer.body["id"])


def find_left_over(api: Api, dialect: RezNet = DEFAULT) -> dict[str, str]:
    """Id -> name of the channels that runs which are over have left, as far as REST shows them."""
    answer = api.call("GET", dialect.paths.channels)
    if not answer.ok or not isinstance(answer.body, list):
        return {}
    return {str(c["id"]): str(c["name"]) for c in answer.body if isinstance(c, dict) and c.get("id") and left_over(c)}

"""`rest`: somebody who browses. Agents, channels, a channel's messages, one agent, one channel, health."""

from __future__ import annotations

import random
import re
from typing import Any

from locust import task
from locust.contrib.fasthttp import FAILURE_EXCEPTIONS

from reznet_load.core.measurement import Measurement
from reznet_load.load.samples.operations import named
from reznet_load.users.socket_user import SocketUser

_PAGE = 50
# `12.34ms` by the contract; without a unit it may be seconds as well, and is nobody's time.
_TIME, _FACTOR = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s)\s*"), {"ms": 1.0, "s": 1000.0}
_NUMBER = re.compile(r"\s*(\d{1,9})\s*")


class RestUser(SocketUser):
    """The browsing journey of the results document's load test, with its think times."""

    kind = "rest"

    @task
    def browse(self) -> None:
        """One journey."""
        late = self.begin()
        first, second, third, last = self.shared.settings.think[self.kind]
        paths = self.shared.dialect.paths
        agents = self.fetch(paths.agents, "/api/agents", list, late) or []
        self.think(first)
        channels = self.fetch(paths.channels, "/api/channels", list) or []
        self.think(second)
        channel = self.pick(channels)
        if channel:
            self.fetch(paths.messages.format(id=channel, limit=_PAGE), "/api/channels/{id}/messages", list)
        self.think(third)
        agent = self.pick(agents)
        if agent:
            self.fetch(paths.agent.format(id=agent), "/api/agents/{id}", dict)
        if channel:
            self.fetch(paths.channel.format(id=channel), "/api/channels/{id}", dict)
        self.fetch(paths.health, "/health", dict)
        self.think(last)

    def pick(self, found: list[Any]) -> str | None:
        """The id of one of them; None where there is none."""
        ids = [item["id"] for item in found if isinstance(item, dict) and item.get("id")]
        return random.choice(ids) if ids else None

    def fetch(self, path: str, name: str, shape: type, late: float | None = None) -> Any:
        """GET, a failure unless it answers 2xx with a JSON `shape`; the decoded body, None where it failed."""
        ids = self.access.identify()
        context = {"late": late, "about": self.about(**named(ids))}
        with (
            self.in_flight("GET", name),
            self.client.get(path, name=name, headers=ids, context=context, catch_response=True) as response,
        ):
            self.note_headers(name, response)
            try:
                response.raise_for_status()
                body = response.json()
            except FAILURE_EXCEPTIONS:
                return None  # Locust records it with its status or error
            except ValueError:
                response.failure("not JSON")
                return None
            if not isinstance(body, shape):
                response.failure(f"JSON {type(body).__name__} where a {shape.__name__} belongs")
                return None
            return body

    def note_headers(self, name: str, response: Any) -> None:
        """What the backend says of itself, at the start of its request, so that both can be joined."""
        headers, start = response.headers or {}, response.request_meta["start_time"]
        record = self.shared.recorder.record
        if (took := milliseconds_in(headers.get("x-process-time"))) is not None:
            record(Measurement("COUNT", f"process time GET {name}", took, start))
        if (queries := number_in(headers.get("x-query-count"))) is not None:
            record(Measurement("COUNT", f"query count GET {name}", queries, start, unit="statements"))


def milliseconds_in(value: Any) -> float | None:
    """ms of a header like `12.34ms` or `0.2s`; None where it is none, or not there."""
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    return float(found[1]) * _FACTOR[found[2]] if found else None


def number_in(value: Any) -> int | None:
    """The number of a header like `3`; None where it is none, or not there."""
    found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) if found else None

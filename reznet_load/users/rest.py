"""`rest`: somebody who browses. Agents, channels, a channel's messages, one agent, one channel, health."""

from __future__ import annotations

import random
from typing import Any

import gevent
from locust import task
from locust.contrib.fasthttp import FAILURE_EXCEPTIONS

from reznet_load.users.person import Person

_ANSWER_SECONDS = 0.35  # room for a journey's six answers; with 4 s of sleeps a journey starts every 4.35 s
_PAGE = 50


class RestUser(Person):
    """The browsing journey of the results document's load test, with its think times."""

    kind = "rest"

    def period(self) -> float:
        """Its sleeps and some room for the answers."""
        return sum(self.desk.settings.think.rest) + _ANSWER_SECONDS

    @task
    def browse(self) -> None:
        """One journey."""
        late = self.begin()
        first, second, third, last = self.desk.settings.think.rest
        agents = self.fetch("/api/agents?active_only=true", "/api/agents", list, late) or []
        gevent.sleep(first)
        channels = self.fetch("/api/channels", "/api/channels", list) or []
        gevent.sleep(second)
        channel = self.pick(channels)
        if channel:
            self.fetch(f"/api/channels/{channel}/messages?limit={_PAGE}&offset=0", "/api/channels/{id}/messages", list)
        gevent.sleep(third)
        agent = self.pick(agents)
        if agent:
            self.fetch(f"/api/agents/{agent}", "/api/agents/{id}", dict)
        if channel:
            self.fetch(f"/api/channels/{channel}", "/api/channels/{id}", dict)
        self.fetch(self.desk.health_path, "/health", dict)
        gevent.sleep(last)

    def pick(self, found: list[Any]) -> str | None:
        """The id of one of them; None where there is none."""
        ids = [item["id"] for item in found if isinstance(item, dict) and item.get("id")]
        return random.choice(ids) if ids else None

    def fetch(self, path: str, name: str, shape: type, late: float | None = None) -> Any:
        """GET, a failure unless it answers 2xx with a JSON `shape`; the decoded body, None where it failed."""
        with (
            self.in_flight("GET", name),
            self.client.get(path, name=name, context={"late": late}, catch_response=True) as response,
        ):
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

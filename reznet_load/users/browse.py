"""`browse`: the REST calls that a dialect lists, with its pauses, as people look around between questions."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import gevent
from locust import task
from locust.env import Environment

from reznet_load.chat.dialect import PageCall
from reznet_load.core.rows import rest
from reznet_load.load.samples.kept_operations import named
from reznet_load.users.http_user import HttpUser


class Unconnected:
    """What a user without a connection for questions has in its place: nothing to open, and nothing to lose."""

    connected = True

    def close(self) -> None:
        """Nothing."""


class BrowseUser(HttpUser):
    """GETs every page of its dialect in a round; a 2xx is a success, whatever its body."""

    kind = "browse"
    streams = True

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.session = Unconnected()
        self.headers = self.shared.dialect.access(self.shared.settings.backend_key) | self.access.headers

    @task
    def look_around(self) -> None:
        """One round."""
        late = self.begin()
        for page in self.shared.dialect.browse:
            self.fetch(page, late)
            late = None  # of the round's start alone
            self.think(page.pause)

    def fetch(self, page: PageCall, late: float | None) -> None:
        """GET one page."""
        row = rest("GET", page.path.partition("?")[0])
        ids = self.access.identify()
        context: dict[str, Any] = {"late": late, "about": partial(self._about_request, ids)}
        began = time.perf_counter()
        try:
            with self.client.get(
                page.path, name=row.name, headers=self.headers | ids, context=context, catch_response=True
            ):
                pass  # a status, or what broke its head or its body off, is recorded by the client
        except gevent.GreenletExit:
            self.cut_off(row, began)
            raise

    def _about_request(self, ids: dict[str, str]) -> dict[str, Any]:
        return self.about(**named(ids))

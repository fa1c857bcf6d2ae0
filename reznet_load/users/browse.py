"""`browse`: makes the REST calls that the dialect lists, with its pauses, like people who read between questions."""

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


class NoSession:
    """The `session` of a user that asks no questions: always connected, with nothing to open or to close."""

    connected = True

    def close(self) -> None:
        """Does nothing."""


class BrowseUser(HttpUser):
    """GETs each page of the dialect in a round. Any 2xx is a success; the body is not checked."""

    kind = "browse"
    streams = True

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.session = NoSession()
        self.headers = self.shared.dialect.access(self.shared.settings.backend_key) | self.access.headers

    @task
    def look_around(self) -> None:
        """One round: each page, with a pause after it."""
        late = self.begin()
        for page in self.shared.dialect.browse:
            self.fetch(page, late)
            late = None  # only the first call of a round has a scheduled start
            self.think(page.pause)

    def fetch(self, page: PageCall, late: float | None) -> None:
        """GET one page; `late`: seconds behind the scheduled start, None: no start was scheduled."""
        row = rest("GET", page.path.partition("?")[0])
        ids = self.access.identify()
        context: dict[str, Any] = {"late": late, "about": partial(self._about_request, ids)}
        began = time.perf_counter()
        try:
            with self.client.get(
                page.path, name=row.name, headers=self.headers | ids, context=context, catch_response=True
            ):
                pass  # the client records a failure: a status that is not 2xx, or an answer that was cut off
        except gevent.GreenletExit:
            self.cut_off(row, began)
            raise

    def _about_request(self, ids: dict[str, str]) -> dict[str, Any]:
        return self.about(**named(ids))

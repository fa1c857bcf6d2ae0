"""`rest`: browses agents, channels, a channel's messages, one agent, one channel, health."""

from __future__ import annotations

import json
import re
import time
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Any, TypeGuard

import gevent
from locust import task

from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.rows import (
    GET_AGENT,
    GET_AGENTS,
    GET_CHANNEL,
    GET_CHANNELS,
    GET_HEALTH,
    GET_MESSAGES,
    PROCESS_TIME,
    QUERY_COUNT,
)
from reznet_load.load.samples.kept_operations import named
from reznet_load.users.socket_user import SocketUser

_PAGE = 50
# `12.34ms` by the contract; without a unit it may be seconds as well, and is left out.
_TIME = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s)\s*")
_FACTOR = {"ms": 1.0, "s": 1000.0}
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})")
# What goes into a path: a backend that names its things otherwise could lead a call elsewhere, or to no end.
_ID = re.compile(r"(?!\.+$)[A-Za-z0-9._~:@-]{1,200}")
_NUMBER = re.compile(r"\s*(\d{1,9})\s*")
_MOST_CHARACTERS = 40
_MOST_ROWS = 1000
_MOST_VALUES = 4096  # of a header that are kept with their meaning: few differ


class RestUser(SocketUser):
    """The browsing journey of the results document's load test, with its think times."""

    kind = "rest"

    @task
    def browse(self) -> None:
        """One journey."""
        late = self.begin()
        first, second, third, last = self.shared.settings.think[self.kind]
        paths = self.shared.dialect.paths
        agents = self.fetch(paths.agents, GET_AGENTS, list, late) or []
        self.think(first)
        channels = self.fetch(paths.channels, GET_CHANNELS, list) or []
        self.think(second)
        channel = self.pick(channels)
        if channel:
            self.fetch(paths.messages.format(id=channel, limit=_PAGE), GET_MESSAGES, list)
        self.think(third)
        agent = self.pick(agents)
        if agent:
            self.fetch(paths.agent.format(id=agent), GET_AGENT, dict)
        if channel:
            self.fetch(paths.channel.format(id=channel), GET_CHANNEL, dict)
        self.fetch(paths.health, GET_HEALTH, dict)
        self.think(last)

    def pick(self, found: list[Any]) -> str | None:
        """The id of one of them, as it goes into a path; None where none has any."""
        at = self.luck.randrange(len(found)) if found else 0
        given = (item.get("id") for item in chain(islice(found, at, None), islice(found, at)) if isinstance(item, dict))
        ids = (str(one) for one in given if isinstance(one, str | int) and not isinstance(one, bool))
        return next(filter(_ID.fullmatch, ids), None)

    def fetch(self, path: str, row: NamedRow, shape: type, late: float | None = None) -> Any:
        """GET, a failure unless it answers 2xx with a JSON `shape`; the decoded body, None where it failed.

        Cost over a plain FastHttpUser with the same checks: `make bench-rest`.
        """
        ids = self.access.identify()
        context = {"late": late, "about": partial(self.about_request, ids)}
        began = time.perf_counter()
        try:
            with self.client.get(path, name=row.name, headers=ids, context=context, catch_response=True) as response:
                self.note_headers(row, response)
                return self.checked(response, shape)
        except gevent.GreenletExit:
            self.cut_off(row, began)
            raise

    def about_request(self, ids: dict[str, str]) -> dict[str, Any]:
        """The sender of the request named by the headers `ids`."""
        return self.about(**named(ids))

    def checked(self, response: Any, shape: type) -> Any:
        """The body of a response that is 2xx and a JSON `shape`; None, and the response a failure, where it is not."""
        if response.request_meta["exception"] is not None:
            return None  # Locust records it: a status, or what broke its head or its body off
        try:
            body = decoded(response)
        except ValueError:
            response.failure("not JSON")
            return None
        if not isinstance(body, shape):
            response.failure(f"JSON {type(body).__name__} where a {shape.__name__} belongs")
            return None
        return body

    def note_headers(self, row: NamedRow, response: Any) -> None:
        """What the backend says of itself, at the start of its request, so that both can be joined."""
        headers = response.headers
        if not headers:
            return
        start = response.request_meta["start_time"]
        count = self.shared.recorder.count
        time_row, queries_row = _rows_beneath(row.kind, row.name)
        took, queries = headers.get("x-process-time"), headers.get("x-query-count")
        if _is_short(took) and (milliseconds := milliseconds_in(took)) is not None:
            count(time_row, milliseconds, start)
        if _is_short(queries) and (number := number_in(queries)) is not None:
            count(queries_row, number, start)


@lru_cache(_MOST_ROWS)
def _rows_beneath(kind: str, name: str) -> tuple[NamedRow, NamedRow]:
    """(process time, query count) that the backend states for the row `kind name`; by two texts, which hash at no cost."""
    return PROCESS_TIME.of(f"{kind} {name}"), QUERY_COUNT.of(f"{kind} {name}")


def _is_short(value: Any) -> TypeGuard[str]:
    """One line of a header, and no longer than a number is."""
    return isinstance(value, str) and len(value) <= _MOST_CHARACTERS


def decoded(response: Any) -> Any:
    """The JSON of a body. Raises ValueError.

    It is UTF-8, or what its header says; Locust's way guesses an encoding, for minutes where a large body is no text.
    """
    content = response.content or b""
    try:
        return json.loads(content.decode())
    except UnicodeDecodeError:
        said = _CHARSET.search(str(response.headers.get("content-type")))
        try:
            return json.loads(content.decode(said[1]) if said else content)
        except LookupError:  # an encoding that does not exist
            raise ValueError(said) from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


@lru_cache(_MOST_VALUES)
def milliseconds_in(value: str) -> float | None:
    """Ms of a header like `12.34ms` or `0.2s`; None where it is none."""
    found = _TIME.fullmatch(value)
    return float(found[1]) * _FACTOR[found[2]] if found else None


@lru_cache(_MOST_VALUES)
def number_in(value: str) -> int | None:
    """The number of a header like `3`; None where it is none."""
    found = _NUMBER.fullmatch(value)
    return int(found[1]) if found else None

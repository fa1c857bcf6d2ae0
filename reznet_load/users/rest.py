"""`rest`: browses RezNet over REST: agents, channels, the messages of a channel, one agent, one channel, health."""

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

_PAGE = 50  # messages
# The contract's form is `12.34ms`. A number without a unit is ignored, because it may be ms or seconds.
_TIME = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s)\s*")
_FACTOR = {"ms": 1.0, "s": 1000.0}
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})")
# Ids that may be put into a path: with other characters, a backend's id could change the call, or have any length.
_ID = re.compile(r"(?!\.+$)[A-Za-z0-9._~:@-]{1,200}")
_NUMBER = re.compile(r"\s*(\d{1,9})\s*")
_MOST_CHARACTERS = 40  # of a header with a number
_MOST_ROWS = 1000  # names that are cached
_MOST_VALUES = 4096  # parsed header values that are cached: most values occur often


class RestUser(SocketUser):
    """Browses as the load test of the results document does, with its think times."""

    kind = "rest"

    @task
    def browse(self) -> None:
        """One round: eight calls at most, with four think times."""
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
        """The id of a random item of `found` that has a usable id, for use in a path; None if no item has one."""
        at = self.rng.randrange(len(found)) if found else 0
        given = (item.get("id") for item in chain(islice(found, at, None), islice(found, at)) if isinstance(item, dict))
        ids = (str(one) for one in given if isinstance(one, str | int) and not isinstance(one, bool))
        return next(filter(_ID.fullmatch, ids), None)

    def fetch(self, path: str, row: NamedRow, shape: type, late: float | None = None) -> Any:
        """GET `path` and return the decoded body. An answer that is not 2xx with a JSON `shape` is a failure: None.

        late   seconds behind the scheduled start; None: no start was scheduled

        `make bench-rest` measures what this costs in addition to a plain FastHttpUser with the same checks.
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
        """What identifies a request in the backend's logs; `ids`: headers of the request that name it."""
        return self.about(**named(ids))

    def checked(self, response: Any, shape: type) -> Any:
        """The decoded body if the response is 2xx and a JSON `shape`; else None, and the response is marked as a failure."""
        if response.request_meta["exception"] is not None:
            return None  # Locust records the failure: a status that is not 2xx, or an answer that was cut off
        try:
            body = decoded(response)
        except ValueError:
            response.failure("not JSON")
            return None
        if not isinstance(body, shape):
            response.failure(f"JSON {type(body).__name__} instead of {shape.__name__}")
            return None
        return body

    def note_headers(self, row: NamedRow, response: Any) -> None:
        """Count what the backend reports about its own work. The start is that of the request, so that both can be joined."""
        headers = response.headers
        if not headers:
            return
        start = response.request_meta["start_time"]
        count = self.shared.recorder.count
        time_row, queries_row = _rows_of_headers(row.kind, row.name)
        took, queries = headers.get("x-process-time"), headers.get("x-query-count")
        if _is_short(took) and (milliseconds := milliseconds_in(took)) is not None:
            count(time_row, milliseconds, start)
        if _is_short(queries) and (number := number_in(queries)) is not None:
            count(queries_row, number, start)


@lru_cache(_MOST_ROWS)
def _rows_of_headers(kind: str, name: str) -> tuple[NamedRow, NamedRow]:
    """The rows (process time, query count) for what the backend reports about the row `kind name`.

    The arguments are two texts, because the cache hashes texts faster than a row.
    """
    return PROCESS_TIME.of(f"{kind} {name}"), QUERY_COUNT.of(f"{kind} {name}")


def _is_short(value: Any) -> TypeGuard[str]:
    """Is `value` a header that occurs once, and short enough for a number?"""
    return isinstance(value, str) and len(value) <= _MOST_CHARACTERS


def decoded(response: Any) -> Any:
    """The decoded JSON of a response's body. Raises ValueError if the body is not JSON.

    The encoding is UTF-8, or else the one in the content type. Locust's own method guesses the encoding, which takes
    minutes if a large body is not text.
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
    """The ms in a header like `12.34ms` or `0.2s`; None if `value` has another form."""
    found = _TIME.fullmatch(value)
    return float(found[1]) * _FACTOR[found[2]] if found else None


@lru_cache(_MOST_VALUES)
def number_in(value: str) -> int | None:
    """The number in a header like `3`; None if `value` has another form."""
    found = _NUMBER.fullmatch(value)
    return int(found[1]) if found else None

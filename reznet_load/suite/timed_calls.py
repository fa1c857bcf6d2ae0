"""One browser's connection: kept alive, one call after another, timed from the request to the last byte of the answer."""

from __future__ import annotations

import json
import time
from typing import Any

from reznet_load.core.failed.failure_kinds import CONNECTION_LOST, http, of_exception, redirected
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock
from reznet_load.core.text.foreign_text import safe
from reznet_load.deployment.api import Api
from reznet_load.deployment.connections.exchange import BadAnswer, ClosedUnanswered, HttpConnection, RawAnswer
from reznet_load.deployment.http_call import request_of
from reznet_load.deployment.tls import tls_context
from reznet_load.suite.record import Record


class Browser:
    """Sends GETs with the settings' headers, cookies and certificates; each is a Measurement, failed or not.

    A call follows no redirect and obeys `--timeout request` and the size limits of a load run's REST calls.
    """

    def __init__(self, settings: Settings, account: dict[str, Any], record: Record) -> None:
        seconds = settings.timeouts.request
        api = Api(settings, account=account)
        self._record = record
        self._host = settings.host
        self._headers = api.headers
        self._jar = api.jar
        tls = tls_context(settings) if settings.host.startswith("https:") else None
        self._connection = HttpConnection(settings.host, tls, seconds, settings.proxy, whole=seconds)

    def get(self, path: str, row: NamedRow, shape: type) -> Any:
        """The JSON of type `shape` that `path` answers, recorded in `row`; None if it failed."""
        start = clock.now()
        began = time.perf_counter()
        body = None
        error = None
        try:
            answer = self._answer(path)
            took = (time.perf_counter() - began) * 1000
            body, error = _decoded(answer, shape)
        except OSError as failure:
            took = (time.perf_counter() - began) * 1000
            error = safe(failure, 120) if isinstance(failure, BadAnswer) else of_exception(failure) or CONNECTION_LOST
        self._record.add(row.seen(took, start, error=error))
        return body

    def _answer(self, path: str) -> RawAnswer:
        """Tries once more on a new connection if the server had closed an idle one, as browsers do."""
        url, was_open = self._host + path, self._connection.is_open
        cookie = self._jar.header(url)
        request = request_of("GET", url, self._headers | ({"Cookie": cookie} if cookie else {}))
        try:
            answer = self._connection.exchange(request)
        except ClosedUnanswered:
            if not was_open:
                raise
            answer = self._connection.exchange(request)
        self._jar.take(url, answer.cookies)
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _decoded(answer: RawAnswer, shape: type) -> tuple[Any, str | None]:
    """(body, None), or (None, what is wrong) with the same texts as in load runs."""
    if 300 <= answer.status < 400:
        return None, redirected(answer.status, answer.headers.get("location", ""))
    if not 200 <= answer.status < 300:
        return None, http(answer.status)
    try:
        body = json.loads(answer.body)
    except ValueError:
        return None, "not JSON"
    except RecursionError:
        return None, "not JSON: nested too deeply"
    if not isinstance(body, shape):
        return None, f"JSON {type(body).__name__} instead of {shape.__name__}"
    return body, None

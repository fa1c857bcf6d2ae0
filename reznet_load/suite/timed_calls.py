"""One browser's connection: kept alive, one call after another, timed from the request to the last byte of the answer."""

from __future__ import annotations

import json
import time
from http import client as http_client
from typing import Any
from urllib.parse import urlsplit

from reznet_load.core.failed.failure_kinds import CONNECTION_LOST, http, of_exception
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock
from reznet_load.deployment.api import Api
from reznet_load.deployment.tls import tls_context
from reznet_load.suite.record import Record


class Browser:
    """GETs with the settings' headers, cookies and certificates; each is a Measurement, failed or not."""

    def __init__(self, settings: Settings, account: dict[str, Any], record: Record) -> None:
        parts = urlsplit(settings.host)
        seconds = settings.timeouts.request
        host, port = parts.hostname or "", parts.port
        self._base = parts.path.rstrip("/")
        self._record = record
        api = Api(settings, account=account)
        self._host, self._headers, self._jar = settings.host, api.headers, api.jar
        self._connection: http_client.HTTPConnection
        if parts.scheme == "https":
            self._connection = http_client.HTTPSConnection(host, port, timeout=seconds, context=tls_context(settings))
        else:
            self._connection = http_client.HTTPConnection(host, port, timeout=seconds)

    def get(self, path: str, row: NamedRow, shape: type) -> Any:
        """The JSON `shape` that `path` answers, recorded in `row`; None where it failed."""
        start = clock.now()
        began = time.perf_counter()
        body = None
        error = None
        try:
            status, raw = self._answer(path)
            took = (time.perf_counter() - began) * 1000
            body, error = _decoded(status, raw, shape)
        except (OSError, http_client.HTTPException) as failure:
            took = (time.perf_counter() - began) * 1000
            error = of_exception(failure) or CONNECTION_LOST
            self._connection.close()
        self._record.add(row.seen(took, start, error=error))
        return body

    def _answer(self, path: str) -> tuple[int, bytes]:
        """(status, body); once more on a new connection where a server has closed an idle one, as browsers do."""
        fresh = self._connection.sock is None
        try:
            cookie = self._jar.header(self._host + path)
            headers = self._headers | ({"Cookie": cookie} if cookie else {})
            self._connection.request("GET", self._base + path, headers=headers)
            response = self._connection.getresponse()
            self._jar.take(self._host + path, response.headers.get_all("set-cookie") or [])
        except (http_client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._connection.close()
            if fresh:
                raise
            return self._answer(path)
        return response.status, response.read()

    def close(self) -> None:
        """Leave."""
        self._connection.close()


def _decoded(status: int, raw: bytes, shape: type) -> tuple[Any, str | None]:
    """(body, None), or (None, what is wrong) in the words that load runs use."""
    if not 200 <= status < 300:
        return None, http(status)
    try:
        body = json.loads(raw)
    except ValueError:
        return None, "not JSON"
    if not isinstance(body, shape):
        return None, f"JSON {type(body).__name__} where a {shape.__name__} belongs"
    return body, None

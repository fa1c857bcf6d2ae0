"""The port of `--metrics-port`: answers GET /metrics and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gevent.pywsgi import WSGIServer

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.settings import Settings
from reznet_load.load.live.metrics_page import CONTENT_TYPE, LivePage
from reznet_load.load.live_judge import Judging


class MetricsPort:
    """Open from the start of the process to its end; `folder` returns the folder of the current or last run."""

    def __init__(self, settings: Settings, folder: Callable[[], Path | None]) -> None:
        """Raises ConfigError if the port is not available."""
        self._folder = folder
        self.page = LivePage(Judging())
        self._server = WSGIServer(
            (settings.metrics_host, settings.metrics_port), self._answer, log=None, error_log=None
        )
        try:
            self._server.start()
        except OSError as error:
            raise ConfigError(
                f"--metrics-port {settings.metrics_port}: {error.strerror}; name a free port of this machine, "
                "and with --metrics-host an address of it"
            ) from None

    def close(self) -> None:
        """Close the port, and end the helper processes."""
        self._server.stop()
        self.page.close()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterator[bytes]:
        status, kind, body = "404 Not Found", "text/plain", b"the page is /metrics\n"
        if environ["PATH_INFO"] == "/metrics":
            found = self.page.look(self._folder())
            status, body = (
                "503 Service Unavailable",
                b"the process that writes this page does not answer; it is started again\n",
            )
            if found is not None:
                status, kind, body = "200 OK", CONTENT_TYPE, found
        start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return iter([body])

"""`--relay`: the backend reaches each of its servers through a relay that can be cut off (see `relay.py`)."""

from __future__ import annotations

import json
import signal
import subprocess
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit

from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.system.lifetime import die_with_parent
from reznet_load.core.system.python import python

_PORTS = {"postgresql": 5432, "postgres": 5432, "redis": 6379, "http": 80}


class Relays:
    """Starts and stops a relay for each server: `with Relays({"redis": url, …}) as relays:`.

    urls      name -> the URL that leads through the relay
    control   the control port of the relays
    """

    def __init__(self, urls: dict[str, str]) -> None:
        self.urls = dict(urls)
        self.control = 0
        self._upstreams = {name: _address(name, url) for name, url in urls.items()}
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Relays:
        command = python("-m", "reznet_load.target.servers.relay", json.dumps(self._upstreams))
        self._child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, preexec_fn=die_with_parent(signal.SIGKILL)
        )
        assert self._child.stdout is not None
        said = self._child.stdout.readline()
        if not said:
            self.__exit__(None, None, None)
            raise TargetError("the relays in front of the backend's servers did not start")
        facts = json.loads(said)
        self.control = facts["control"]
        self.urls = {name: _through(url, facts["ports"][name]) for name, url in self.urls.items()}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            assert self._child.stdout is not None
            self._child.stdout.close()


def _address(name: str, url: str) -> tuple[str, int]:
    """Host and port of a URL. Raises ConfigError if a relay cannot be put in front of this server."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        host = port = None
    if not host or not port:
        raise ConfigError(f"--relay: the address of {name} is no plain URL with host and port; TLS cannot be relayed")
    return host, port


def _through(url: str, port: int) -> str:
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}{at}127.0.0.1:{port}"))

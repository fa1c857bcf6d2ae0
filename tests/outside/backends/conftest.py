"""Real servers, started when a test first asks for them and kept for its module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.outside.backends.servers import BACKENDS, Server, started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Server]]:
    """A server by its name in BACKENDS."""
    addresses: dict[str, str] = {}
    with ExitStack() as running:

        def of(name: str) -> Server:
            application = BACKENDS[name].application
            if application not in addresses:
                room = tmp_path_factory.mktemp(application)
                addresses[application] = running.enter_context(started(application, room))
            return Server(BACKENDS[name], addresses[application])

        yield of

"""Only our own channels are removed, whatever a backend answers; those that remain are reported, and found again by
name.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from reznet_load.core.errors import TargetError
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment import channels, traces
from reznet_load.deployment.alive import sweep
from reznet_load.deployment.api import Api

PREFIX = channels.PREFIX


class Backend:
    """Channels by id; `answers` what a POST is answered with; `deletes` so many, then it freezes."""

    def __init__(self) -> None:
        self.channels: dict[str, dict[str, Any]] = {"general-id": {"id": "general-id", "name": "general", "topic": ""}}
        self.messages: dict[str, int] = {}
        self.grows: set[str] = set()
        self.answers: dict[str, Any] | None = None
        self.deletes = 10**6


@contextmanager
def serving(backend: Backend) -> Iterator[Settings]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self, body: Any, status: int = 200) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path.endswith("/messages"):
                id = path.split("/")[-2]
                backend.messages[id] = backend.messages.get(id, 0) + (id in backend.grows)
                self.answer([{"id": backend.messages[id]}])
            else:
                self.answer(list(backend.channels.values()))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(backend.answers)

        def do_DELETE(self) -> None:
            backend.deletes -= 1
            if backend.deletes < 0:
                self.close_connection = True
                return
            self.answer({}, 200 if backend.channels.pop(self.path.rpartition("/")[2], None) else 404)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield Settings(host=f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def filled(backend: Backend, run: str, count: int, topic: str) -> None:
    for number in range(count):
        id = f"{run}-id-{number}"
        backend.channels[id] = {"id": id, "name": f"{PREFIX}{run}-{number:05d}", "topic": topic}


@pytest.mark.parametrize(
    "answer",
    [
        {"id": "general-id", "name": "general"},
        {"id": "../../../..pwned\n<script>", "name": f"{PREFIX}run-00001"},
        {"id": "other-id", "name": f"{PREFIX}run-00002"},
        {"id": "other-id"},
    ],
)
def test_a_created_channel_with_another_name_is_not_used(answer: dict[str, Any]) -> None:
    backend = Backend()
    backend.answers = answer
    with serving(backend) as settings, pytest.raises(TargetError, match="no other is used") as error:
        channels.make(Api(settings), "run", 1, 0.0)
    assert "\n" not in str(error.value) and len(str(error.value)) < 400


def test_a_long_answer_is_reported_in_one_line() -> None:
    backend = Backend()
    backend.answers = {"detail": "A" * 5_000_000}
    with serving(backend) as settings, pytest.raises(TargetError) as error:
        channels.make(Api(settings), "run", 1, 0.0)
    assert len(str(error.value)) < 500 and "\n" not in str(error.value)


def test_a_clean_up_finds_by_prefix_and_takes_nothing_else(tmp_path: Path) -> None:
    backend = Backend()
    filled(backend, "mine-aa", 5, "")
    filled(backend, "other-bb", 2, "")
    (tmp_path / "channels.txt").write_text(f"#{PREFIX}mine-aa-\nmine-aa-id-0\nmine-aa-id-1\ngeneral-id\n")
    with serving(backend) as settings:
        prefix = traces.read_prefix(tmp_path)
        removal = traces.remove(settings, traces.read_channels(tmp_path), "v1", prefix)
    assert removal.archived == 5 and not removal.left
    assert sorted(backend.channels) == ["general-id", "other-bb-id-0", "other-bb-id-1"]


def test_channels_in_a_frozen_backend_are_counted_and_left_to_the_next_run() -> None:
    backend = Backend()
    filled(backend, "mine-aa", 5, "")
    backend.deletes = 2
    with serving(backend) as settings:
        removal = traces.remove(settings, [], "v1", f"{PREFIX}mine-aa-")
    assert (removal.archived, removal.left) == (2, 3)
    assert "3 channels reznet-load-* could not be removed, the next run removes them" in removal.text


def test_a_run_that_may_be_on_keeps_its_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "LOOK_SECONDS", 0.1)
    backend, late, soon = Backend(), int(time.time()) - 900, int(time.time()) + 900
    filled(backend, "live-aa", 3, f"host=x pid=1 mark=0-1-2 until={late}")  # by a clock that is ahead
    backend.grows = {"live-aa-id-1"}
    filled(backend, "dead-bb", 2, f"host=x pid=1 mark=0-1-2 until={late}")
    filled(backend, "soon-cc", 1, f"host=x pid=1 mark=0-1-2 until={soon}")
    with serving(backend) as settings:
        removal = sweep.remove_left_over(settings)
    assert (removal.archived, removal.live, removal.doubtful) == (2, 3, 1)
    assert {one["name"].split("-")[2] for one in backend.channels.values() if one["name"] != "general"} == {
        "live",
        "soon",
    }
    assert "left 3 channels of other runs, which are still running; left 1 channel of other runs" in removal.text
    assert removal.doubt.startswith("1 channel reznet-load-* of other runs, which may still be running; ")


def test_a_clean_up_does_not_rely_on_the_channel_list() -> None:
    backend = Backend()
    with serving(backend) as settings:
        removal = traces.remove(settings, ["mine-aa-id-0", "mine-aa-id-1"], "v1", f"{PREFIX}mine-aa-")
    assert removal.left == 2 and "2 channels reznet-load-* could not be removed" in removal.text


def test_a_count_of_one_is_in_the_singular() -> None:
    assert traces.Removal(archived=1).text.startswith("1 channel archived")
    assert traces.Removal(1, 1, 1, left=1).text.startswith(
        "removed 1 channel with 1 message and 1 cache key; 1 channel reznet-load-*"
    )
    assert traces.Removal(2, 3, 4).text == "removed 2 channels with 3 messages and 4 cache keys"

"""The tab "Requirements" in a real Chromium, over a real web UI: what fails, and why a Start was refused."""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.outside.browser import opened
from tests.outside.watched_run import Watched, free_port, hostile

pytestmark = pytest.mark.outside

STOP_SECONDS = 30.0  # 8 s for what users began, and what Locust takes; a dead target adds nothing


class Tab:
    """The web UI at `url`, as its page asks it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def asked(self, path: str, **form: object) -> bytes:
        data = urllib.parse.urlencode(form).encode() if form or path == "stop" else None
        with urllib.request.urlopen(f"{self.url}/{path}", data, timeout=STOP_SECONDS) as answer:
            return answer.read()

    @property
    def there(self) -> bool:
        try:
            return bool(self.asked(""))
        except OSError:
            return False

    @property
    def state(self) -> dict[str, Any]:
        return json.loads(self.asked("requirements/state"))

    @property
    def locust(self) -> str:
        return json.loads(self.asked("stats/requests"))["state"]

    def start(self, host: str) -> None:
        self.asked("swarm", user_count=6, spawn_rate=6, host=host)


def test_the_tab_shows_what_fails_and_why_a_start_was_refused(chromium: str, tmp_path: Path) -> None:
    port = free_port()
    tab, words = Tab(f"http://127.0.0.1:{port}"), ("web", "--port", str(port), "--mix", "rest=4,chat=2")
    with hostile("evil-errors", tmp_path) as backend:
        run = Watched(backend, tmp_path / "run", (*words, "--timeout", "request=2")).start()
        try:
            run.wait_until(lambda: tab.there)
            tab.start(backend.url)
            run.wait_until(lambda: any(one["value"] for one in tab.state["standing"]["verdicts"]))
            failing = opened(chromium, f"{tab.url}/requirements")
            backend.process.send_signal(signal.SIGSTOP)  # Stop with a target that answers nothing more
            tab.asked("stop")
            assert tab.locust == "stopped"
            backend.process.kill()
            run.wait_until(lambda: tab.state["standing"].get("state") == "ended" and not tab.state["notice"]["waiting"])
            tab.start(backend.url)
            run.wait_until(lambda: bool(tab.state["notice"]["refused"]))
            assert tab.locust == "stopped"
            refused = opened(chromium, f"{tab.url}/requirements")
            opened(chromium, f"{tab.url}/requirements", show=f"--screenshot={tmp_path / 'refused.png'}")
        finally:
            run.process.send_signal(signal.SIGINT)
            run.end()
    assert "CONSOLE" not in failing.stderr + refused.stderr
    assert "GET /api/agents" in failing.stdout and "× HTTP 500" in failing.stdout
    assert failing.stdout.index("× HTTP 500") < failing.stdout.index("Agent Response")
    assert "Start was refused:" not in failing.stdout and "Earlier run." not in failing.stdout
    assert "Start was refused:" in refused.stdout and "Earlier run. Outcome: " in refused.stdout
    assert (tmp_path / "refused.png").stat().st_size > 10_000

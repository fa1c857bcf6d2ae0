"""Every way to run, against a backend that is not RezNet: kinds of users, stress, workers with a file, the web UI, costs.

`make check-outside`: real processes against `reznet-load provider`, too long for each push.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reznet_load.core.system.machine import free_port
from tests.simulated_provider import provider

pytestmark = pytest.mark.outside
REZNET_TARGETS = re.compile(r"\bmake [a-z]+|DURATION=|WORKERS=")  # they know neither host nor model
MINE = """
from dataclasses import replace
from reznet_load.dialects.openai import CHAT

DIALECT = replace(CHAT, name="mine", title="Mine")
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with provider("--first-token", "40ms", "--gap", "8ms", "--length", "30") as url:
        yield url


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that is over: its result, its document, and what it printed."""

    result: dict[str, Any]
    document: str
    said: str

    def rows(self, phase: str = "steady") -> dict[str, dict[str, Any]]:
        return {row["key"]: row for row in self.result["rows"] if row["phase"] == phase}


def command(*words: str, reports: Path) -> list[str]:
    return [sys.executable, "-m", "reznet_load", *words, "--reports", str(reports)]


def environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY") and name != "HOST"}


def run(*words: str, reports: Path) -> Ran:
    done = subprocess.run(command(*words, reports=reports), capture_output=True, text=True, timeout=240, env=environ())
    found = sorted(reports.rglob("result.json"))
    assert found, done.stdout + done.stderr
    return read(found[-1], done.stdout + done.stderr)


def read(path: Path, said: str) -> Ran:
    document = next(path.parents[1].rglob("PERFORMANCE_TEST_RESULTS.md")).read_text()
    return Ran(json.loads(path.read_text()), document, said)


def test_long_impatient_and_browsing_users_have_rows_of_their_own_and_cost_what_was_counted(
    address: str, tmp_path: Path
) -> None:
    words = ("load", "--host", address, "--model", "gpt-4o-mini", "--users", "16", "--duration", "14s", "--ramp", "1s")
    kinds = ("--mix", "agent=5,long=4,impatient=5,browse=2", "--think", "long=0.6", "--think", "impatient=1")
    pace = ("--think", "agent=1.5", "--think", "browse=4", "--backend-provider", "openai=gpt-4o-mini")
    ran = run(*words, *kinds, *pace, reports=tmp_path)
    rows, everything = ran.rows(), ran.result["rows"]
    left = rows["CHAT left turn"]
    assert left["count"] > 20 and left["failures"] == 0 and 1 <= rows["COUNT chunks before leaving"]["mean"] <= 12
    assert rows["CHAT agent turn"]["failures"] == 0 and rows["CHAT agent turn"]["count"] > 15
    assert (
        rows["CHAT long turn"]["count"] > 30
        and rows["CHAT long first token"]["count"] == rows["CHAT long turn"]["count"]
    )
    assert rows["GET /v1/models"]["count"] >= 2 and rows["GET /v1/models"]["failures"] == 0
    assert "COUNT connections reopened" not in rows  # users who left closed their connections themselves
    assert "COUNT long first token, questions 6 to 10" in rows
    verdicts = {one["id"]: one for one in ran.result["verdicts"]}
    assert verdicts["long_turn_p95"]["row"] == "CHAT long turn" and verdicts["turn_p95"]["row"] == "CHAT agent turn"
    assert re.search(r"The backend stops paying: none of \d+ calls at the provider ran to its end", ran.document)
    assert "Questions 6 to 10" in ran.document and not REZNET_TARGETS.search(ran.document + ran.said)
    whole = {key: sum(one["count"] * one["mean"] for one in everything if one["key"] == key) for key in
             ("COUNT tokens asked counted", "COUNT tokens asked", "COUNT tokens counted", "COUNT tokens answered")}  # fmt: skip
    asked, answered = list(whole.values())[:2], list(whole.values())[2:]
    assert ran.result["info"]["cost"]["spent"]["users"] == pytest.approx(
        (sum(asked) * 0.15 + sum(answered) * 0.6) / 1e6, rel=0.1
    )
    assert re.search(r"counted for \d+ of \d+ turns", ran.document) and "as the backend counts" in ran.said


def test_stress_judges_its_steps(address: str, tmp_path: Path) -> None:
    words = ("stress", "--host", address, "--model", "any", "--users", "4", "--duration", "6s", "--ramp", "1s")
    ran = run(*words, "--think", "agent=0.8", reports=tmp_path)
    judged = [phase for phase in ran.result["info"]["phases"] if phase["judged"]]
    assert judged[0]["users"] == 4
    assert all(ran.rows(phase["name"])["CHAT agent turn"]["count"] > 5 for phase in judged)
    assert "8 users" in ran.document or "| 8 |" in ran.document
    assert not REZNET_TARGETS.search(ran.document + ran.said)


def test_a_dialect_of_a_file_is_driven_by_workers(address: str, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(MINE)
    words = ("distributed", "--workers", "2", "--host", address, "--dialect", str(mine), "--model", "any")
    ran = run(
        *words, "--users", "8", "--duration", "10s", "--ramp", "1s", "--think", "agent=1.5", reports=tmp_path / "r"
    )
    turns = ran.rows()["CHAT agent turn"]
    assert turns["count"] > 25 and turns["failures"] == 0
    assert ran.result["info"]["workers"] == 2 and ran.result["info"]["deployment"]["dialect"] == "mine"


class WebUi:
    """The web UI on `port`, as its page asks it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def asked(self, path: str, **form: object) -> bytes:
        data = urllib.parse.urlencode(form).encode() if form or path == "stop" else None
        with urllib.request.urlopen(f"{self.url}/{path}", data, timeout=30) as answer:
            return answer.read()

    def answers(self) -> bool:
        try:
            return bool(self.asked(""))
        except OSError:
            return False

    def verdicts(self) -> dict[str, Any]:
        return {one["id"]: one for one in json.loads(self.asked("requirements/state"))["standing"]["verdicts"]}


def until(true: Callable[[], object], seconds: float = 90) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "not in time"
        time.sleep(0.3)


def test_the_web_ui_judges_and_reports_a_run(address: str, tmp_path: Path) -> None:
    port = free_port()
    ui = WebUi(port)
    words = ("web", "--host", address, "--model", "any", "--port", str(port), "--think", "agent=1")
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command(*words, reports=tmp_path / "r"), stdout=log, stderr=log, env=environ())
        try:
            until(ui.answers)
            assert ui.verdicts()["turn_p95"]["reason"] == "no run has been started"
            ui.asked("swarm", user_count=6, spawn_rate=6, host=address)
            until(lambda: ui.verdicts()["turn_p95"]["value"])
            assert "websocket_latency_p95" not in ui.verdicts()
            ui.asked("stop")
            until(lambda: list((tmp_path / "r").rglob("result.json")))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    ran = read(sorted((tmp_path / "r").rglob("result.json"))[-1], (tmp_path / "log").read_text())
    judged = [phase for phase in ran.result["info"]["phases"] if phase["judged"]]
    assert [phase["users"] for phase in judged] == [6]
    assert ran.rows(judged[0]["name"])["CHAT agent turn"]["failures"] == 0

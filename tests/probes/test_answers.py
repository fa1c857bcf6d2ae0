"""When a server was away, derived from the results of its tasks, and how the document shows it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from reznet_load.core.folder import FACTS, SAMPLES
from reznet_load.probes.answers import Answers
from reznet_load.probes.probe import Notes, Probe, ProbeError, ProbeRefused, ProbeTimeout, Task
from reznet_load.probes.process import Run

GONE, SLOW, NO = ProbeError("connection refused"), ProbeTimeout("time-out"), ProbeRefused("permission denied")
# (began, ended, what came of it), in the order in which they ended.
Met = tuple[float, float, ProbeError | None]


def told(*met: Met, within: float = float("inf")) -> dict[str, Any]:
    answers = Answers()
    for began, ended, error in met:
        if error is None:
            answers.answered("redis", began, ended, within)
        else:
            answers.failed("redis", began, error)
    return answers.facts()


def away(*met: Met, **more: float) -> list[tuple[float, float | None]]:
    return [(gap["since"], gap["until"]) for gap in told(*met, **more)["away"].get("redis", [])]


@pytest.mark.parametrize(
    ("met", "expected"),
    [
        ([(0, 0.1, None), (1, 1.1, None)], []),
        ([(0, 0.1, None), (1, 1.1, GONE), (15, 15.1, None)], [(1, 15.1)]),
        ([(1, 1.1, GONE), (3, 3.1, GONE)], [(1, None)]),  # for good
        ([(1, 1.1, GONE), (1.05, 1.2, None), (1.5, 1.6, GONE), (9, 9.1, None)], [(1, 9.1)]),  # one was on its way
        ([(1, 1.1, GONE), (3, 3.1, None), (60, 60.1, GONE), (63, 63.1, None)], [(1, 3.1), (60, 63.1)]),
        ([(0, 2, None), (0.5, 5.5, SLOW), (5.4, 5.6, None)], [(2, 5.6)]),  # from the last answer on
        ([(0, 5.4, None), (0.5, 5.5, SLOW), (5.4, 5.6, None)], []),  # answered at the same time: one slow call
        ([(0, 5.4, None), (0.5, 5.5, GONE), (5.4, 5.6, None)], [(5.4, 5.6)]),  # a connection that broke was broken
        ([(1, 1.1, NO), (2, 2.1, None)], []),  # an answer
    ],
)
def test_away_is_from_the_last_answer_to_the_next(met: list[Met], expected: list[tuple]) -> None:
    assert away(*met) == expected


def test_a_server_that_hangs_was_away_even_if_it_answers_in_the_end() -> None:
    met: list[Met] = [(0, 0.1, None), (0.2, 14.2, None), (0.3, 14.2, None), (14.3, 14.4, None)]
    assert away(*met, within=6.0) == [(0.1, 14.2)] and away(*met) == []
    assert told(*met, within=6.0)["away"]["redis"][0]["why"] == "it did not answer for 14 s"


def test_lost_servers_and_refusals_are_recorded_separately() -> None:
    found = told((1, 1.1, GONE), (2, 2.1, NO))
    assert found["lost"] == {"redis": "connection refused"} and found["refused"] == {"redis": "permission denied"}
    assert told((1, 1.1, GONE), (2, 2.1, None))["lost"] == {}


def test_news_are_reported_once() -> None:
    answers = Answers()
    answers.answered("redis", 0.0, 0.1)
    assert not answers.news
    answers.failed("redis", 1.0, GONE)
    assert answers.news and answers.facts()["lost"] and not answers.news
    answers.failed("redis", 2.0, GONE)
    assert not answers.news
    answers.answered("redis", 3.0, 3.1)
    assert answers.news


class Flaky:
    """A server that is away while `up` is not set."""

    name = "redis"

    def __init__(self) -> None:
        self.up, self.asked = threading.Event(), threading.Semaphore(0)
        self.up.set()

    def open(self) -> dict[str, Any]:
        return {"version": "x"}

    def tasks(self) -> list[Task]:
        return [Task(0.01, self._ask)]

    def _ask(self, _: float) -> None:
        self.asked.release()
        if not self.up.is_set():
            raise GONE

    def close(self) -> dict[str, Any]:
        return {"hits": 1}


class Stumbling(Flaky):
    """A probe that raises an unexpected error while `up` is not set."""

    def _ask(self, _: float) -> None:
        self.asked.release()
        if not self.up.is_set():
            raise KeyError("hits")


@contextmanager
def looking(folder: Path, server: Flaky, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """The probes' process while it is on; gives what its file says under a name, once it says something."""
    monkeypatch.setattr("reznet_load.probes.process.RETRY_SECONDS", 0.01)
    monkeypatch.setattr("reznet_load.probes.process.FLUSH_SECONDS", 0.01)
    (folder / SAMPLES).mkdir()
    stop, probes = threading.Event(), cast("list[Probe]", [server])
    running = threading.Thread(target=Run(folder, probes, Notes()).until, args=(stop,))
    running.start()

    def facts(name: str) -> Any:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                if found := json.loads((folder / FACTS).read_text()).get(name):
                    return found
            except OSError:
                pass
            stop.wait(0.01)
        raise AssertionError(f"nothing of {name}")

    try:
        assert server.asked.acquire(timeout=10)
        yield facts
    finally:
        stop.set()
        running.join(10)


def test_the_probes_process_notes_an_absence_while_the_run_is_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Flaky()
    with looking(tmp_path, server, monkeypatch) as facts:
        server.up.clear()
        assert facts("lost") == {"redis": "connection refused"}
        server.up.set()
        while facts("away")["redis"][0]["until"] is None:
            assert server.asked.acquire(timeout=10)
    found = json.loads((tmp_path / FACTS).read_text())
    (gap,) = found["away"]["redis"]
    assert 0 < gap["until"] - gap["since"] < 10 and gap["why"] == "connection refused"
    assert found["lost"] == {} and found["after"] == {"redis": {"hits": 1}} and found["has"] == ["redis"]


def test_a_failing_probe_is_reported_continues_and_blames_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Stumbling()
    with looking(tmp_path, server, monkeypatch) as facts:
        server.up.clear()
        why = facts("broken")["redis"]
        assert re.fullmatch(r"the probe itself failed \(test_answers\.py:\d+\): KeyError: 'hits'", why)
        server.up.set()
        for _ in range(20):
            assert server.asked.acquire(timeout=10)
    found = json.loads((tmp_path / FACTS).read_text())
    assert found["lost"] == {} and found["away"] == {} and found["broken"] == {"redis": why}


def test_a_probe_that_cannot_start_leaves_a_reason(tmp_path: Path) -> None:
    server, stop = Flaky(), threading.Event()
    server.open = lambda: {}["version"]  # type: ignore[method-assign]
    stop.set()
    (tmp_path / SAMPLES).mkdir()
    Run(tmp_path, cast("list[Probe]", [server]), Notes()).until(stop)
    found = json.loads((tmp_path / FACTS).read_text())
    assert found["has"] == [] and "KeyError: 'version'" in found["lacks"]["redis"]

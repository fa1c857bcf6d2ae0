"""The tab "Requirements" without a browser."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reznet_load.core.nfr import load_requirements
from reznet_load.core.run_files import to_json
from reznet_load.core.system.resources import resource
from reznet_load.result.assemble import assemble
from tests import builders
from tests.scraped import ScrapedPage, assert_equals_result

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has ended; 2 of its health checks failed."""
    rows, units = builders.healthy()
    failed = {"GET /health": (np.array([3, 7]), "HTTP 500")}
    return builders.write_run(tmp_path_factory.mktemp("run"), rows, units, errors=failed)


@pytest.fixture(scope="module")
def seen(folder: Path) -> dict[str, Any]:
    """What `look.py` saw."""
    looked = subprocess.run(
        [sys.executable, str(HERE / "look.py"), str(folder)], cwd=HERE.parent.parent, capture_output=True, timeout=120
    )
    assert looked.returncode == 0, looked.stderr.decode()
    return json.loads(looked.stdout)


def test_locust_shows_the_tab_and_loads_its_script(seen: dict[str, Any]) -> None:
    assert '"key": "requirements", "title": "Requirements"' in seen["/"]
    assert seen["/"].count('<script src="./requirements/tab.js"></script></body>') == 1


def test_before_the_first_run_every_requirement_is_there_and_pending(seen: dict[str, Any]) -> None:
    verdicts = seen["before"]["verdicts"]
    assert [v["id"] for v in verdicts] == [n.id for n in load_requirements(resource("nfr.toml")).nfrs]
    assert {(v["outcome"], v["reason"]) for v in verdicts} == {("pending", "no run has been started")}


def test_the_state_is_what_the_judge_says(seen: dict[str, Any], folder: Path) -> None:
    assert seen["first"]["headline"].endswith("the judge is starting")
    expected = [(v.id, v.outcome, v.value, v.n) for v in assemble(folder).verdicts]
    found = seen["answered"]
    assert [(v["id"], v["outcome"], v["value"], v["n"]) for v in found["verdicts"]] == expected
    health = len(builders.healthy()[0]["GET /health"])
    assert found["failing"] == [
        {"row": "GET /health", "failed": 2, "total": health, "kinds": [{"error": "HTTP 500", "count": 2}]}
    ]
    assert found["state"] == "ended" and {one["id"] for one in found["generator"]} >= {"loop_lag", "generator_cpu"}


def test_before_the_first_answer_the_fields_are_those_of_the_judge(seen: dict[str, Any]) -> None:
    assert set(seen["before"]) <= set(seen["answered"])
    assert set(seen["before"]["verdicts"][0]) <= set(seen["answered"]["verdicts"][0])


def test_a_new_run_never_shows_the_verdicts_of_the_last(seen: dict[str, Any]) -> None:
    assert seen["another"]["headline"].endswith("the judge is starting")


def test_the_tab_says_why_a_start_was_refused_and_that_the_run_it_shows_is_an_earlier_one(seen: dict[str, Any]) -> None:
    assert seen["starting"]["waiting"].startswith("Starting: ") and seen["starting"]["old"]
    for name in ("refused at first", "refused"):
        assert seen[name] == {"refused": "no answer from http://127.0.0.1:9", "waiting": "", "waited": 0, "old": True}
    assert not seen["running"]["old"]


def test_a_judge_that_dies_is_an_answer_too(seen: dict[str, Any]) -> None:
    assert "did not answer" in seen["dead"]["error"]


def test_the_page_is_whole_and_writes_values_as_text_only(seen: dict[str, Any]) -> None:
    text = "".join(seen[path] for path in ("/requirements", "/requirements/page.js", "/requirements/tab.js"))
    assert "textContent" in text and "innerHTML" not in text and "insertAdjacentHTML" not in text
    assert "://" not in text  # nothing from elsewhere
    assert seen["other"] == 404


def test_the_page_for_prometheus_is_on_the_web_port(seen: dict[str, Any], folder: Path) -> None:
    assert ScrapedPage(seen["metrics before"]).samples == {"running": {(): 0.0}}
    assert seen["metrics type"].startswith("application/openmetrics-text")
    assert_equals_result(ScrapedPage(seen["metrics"]), json.loads(to_json(assemble(folder))))
    assert seen["metrics of no folder"] == 503

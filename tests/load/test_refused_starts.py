"""A refused Start in the web UI starts nothing, says why, and does not report an earlier run again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
REASON = "no answer from http://127.0.0.1:9"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """After a Start and after its Stop, three times: refused, run, refused."""
    command = [sys.executable, str(HERE / "refused_starts.py"), str(tmp_path_factory.mktemp("reports"))]
    ran = subprocess.run(command, cwd=HERE.parent.parent, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_a_refused_start_makes_no_user_and_leaves_locust_as_it_was(seen: list[dict[str, Any]]) -> None:
    assert [(one["state"], one["running"]) for one in (seen[0], seen[4])] == [("ready", 0), ("stopped", 0)]
    assert [one["users"] for one in seen] == [0, 0, 3, 3, 3, 3]


def test_its_reason_is_kept_until_the_next_start_and_the_run_shown_is_an_earlier_one(
    seen: list[dict[str, Any]],
) -> None:
    assert [one["refused"] for one in seen] == [REASON, REASON, "", "", REASON, REASON]
    assert [one["old"] for one in seen] == [True, True, False, False, True, True]
    assert seen[0]["folder"] is None and seen[5]["folder"] == seen[2]["folder"] is not None


def test_only_the_run_that_ended_is_reported_once(seen: list[dict[str, Any]]) -> None:
    assert [one["reports"] for one in seen] == [0, 0, 0, 1, 1, 1]


def test_no_notice_of_waiting_remains_after_the_end(seen: list[dict[str, Any]]) -> None:
    assert {one["waiting"] for one in seen} == {""}

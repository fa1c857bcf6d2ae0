"""A run folder judged at different times: before its steady phase, in it, after its end, and left by a killed run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reznet_load.core import folder as run_folder
from reznet_load.core.profile import SOAK
from reznet_load.result import standing
from reznet_load.result.assemble import assemble
from tests import builders
from tests.builders import ORIGIN


def left(folder: Path, now: float, **changes: object) -> Path:
    """A run without an end whose last samples were written at `now`."""
    rows, units = builders.healthy()
    builders.write_run(folder, rows, units, builders.info(ended="", **changes))
    for path in (folder, *(folder / run_folder.SAMPLES).iterdir()):
        os.utime(path, (now, now))
    return folder


def test_in_the_steady_phase_only_completely_arrived_samples_count(tmp_path: Path) -> None:
    found = standing.stand(left(tmp_path, ORIGIN + 40), ORIGIN + 40)
    whole = {verdict.id: verdict for verdict in assemble(tmp_path).verdicts}
    steady = found.result.info.phases[-1]
    assert (found.state, found.phase, found.waiting) == ("running", "steady", "")
    assert steady.end == ORIGIN + 40 - standing.DELAY_SECONDS
    echo = next(verdict for verdict in found.result.verdicts if verdict.id == "websocket_latency_p95")
    assert echo.value is not None and 0 < echo.n < whole["websocket_latency_p95"].n
    assert found.headline.startswith("So far: ") and not found.result.cautions
    assert found.of_generator == "The generator keeps up: the run is not void."


def test_before_the_steady_phase_every_line_waits_and_says_how_long(tmp_path: Path) -> None:
    found = standing.stand(left(tmp_path, ORIGIN + 4), ORIGIN + 4)
    assert {(v.outcome, v.reason) for v in found.result.verdicts} == {("pending", "the steady phase begins in 6 s")}
    assert found.headline == "⏳ Nothing is judged yet: the steady phase begins in 6 s"


def test_what_this_run_cannot_measure_says_so_from_the_start(tmp_path: Path) -> None:
    folder = left(tmp_path, ORIGIN + 4)
    (folder / run_folder.FACTS).write_text(json.dumps({"has": [], "lacks": {"redis": "refused"}}))
    reasons = {v.id: v.reason for v in standing.stand(folder, ORIGIN + 4).result.verdicts}
    assert reasons["cache_hit_rate"] == "refused" and reasons["api_p95"].startswith("the steady phase begins")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"origin": None, "phases": ()}, "the run is being set up"),
        ({"phases": ()}, "the steady phase begins 10 s after all users are there"),
    ],
)
def test_a_run_without_phases_says_what_it_waits_for(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    folder = left(tmp_path, ORIGIN)
    run_folder.write_info(folder, builders.info(ended="", **changes))
    assert standing.stand(folder, ORIGIN + 1).waiting == said


def test_a_run_that_writes_no_more_was_killed(tmp_path: Path) -> None:
    found = standing.stand(left(tmp_path, ORIGIN + 40), ORIGIN + 60)
    assert found.state == "killed" and "killed" in {caution.id for caution in found.result.cautions}


def test_an_ended_run_stands_as_it_was_judged(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path, rows, units)
    found, whole = standing.stand(folder, ORIGIN + 9999), assemble(folder)
    assert (found.state, found.result.verdicts, found.result.outcome) == ("ended", whole.verdicts, whole.outcome)


def test_an_ended_run_that_failed_in_addition_to_its_requirements_is_failed(tmp_path: Path) -> None:
    rows, units = builders.healthy(seconds=600)
    run = builders.info(seconds=600)
    soak = tuple(replace(phase, part=SOAK if phase.judged else "") for phase in run.phases)
    rows["GAUGE target memory"] = np.linspace(100, 140, 60)  # 240 MB an hour
    units |= {"GAUGE target memory": "MB"}
    folder = builders.write_run(tmp_path, rows, units, replace(run, phases=soak))
    found, whole = standing.stand(folder, ORIGIN + 9999), assemble(folder)
    assert (found.result.outcome, found.result.exit_code) == (whole.outcome, whole.exit_code) == ("fail", 1)
    assert "leak_memory" in {line.id for line in found.result.behaviour if line.outcome == "fail"}


def test_an_advisory_failure_is_counted_as_such_in_the_headline(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    rows["GAUGE target memory"] = np.full(60, 900.0)
    run = builders.info(has=("rest", "chat", "agent", "processes"))
    folder = builders.write_run(tmp_path, rows, units | {"GAUGE target memory": "MB"}, run)
    found = standing.stand(folder, ORIGIN + 9999)
    failed = [one.id for one in found.result.verdicts if one.outcome == "fail"]
    assert failed == ["backend_memory"] and "1 advisory fail" in found.headline and "1 fail" not in found.headline


def test_before_the_steady_phase_the_failures_so_far_are_there(tmp_path: Path) -> None:
    folder = left(tmp_path, ORIGIN + 4)
    rows, units = builders.healthy()
    builders.write_samples(folder, rows, 60, units, errors={"CHAT ping": (np.arange(5), "silence")})
    phases = (replace(builders.info().phases[0], end=ORIGIN + 999, judged=False),)
    run_folder.write_info(folder, builders.info(ended="", phases=phases))
    found = standing.as_json(standing.stand(folder, ORIGIN + 100))
    assert [(one["row"], one["failed"], one["kinds"]) for one in found["failing"]] == [
        ("CHAT ping", 5, [{"error": "silence", "count": 5}])
    ]


def test_a_late_generator_is_void_with_its_remedy(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path, rows | {"GAUGE loop lag": np.full(1200, 120.0)}, units)
    found = standing.as_json(standing.stand(folder, ORIGIN + 9999))
    assert found["outcome"] == "void" and found["headline"].startswith("Outcome: ❌ Void")
    assert any(caution["void"] and "WORKERS=2" in caution["remedy"] for caution in found["cautions"])
    lag = next(reading for reading in found["generator"] if reading["id"] == "loop_lag")
    assert (lag["level"], lag["written"]) == ("void", "120 ms")


def test_the_verb_answers_each_line_and_writes_nothing(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path / "run", rows, units)
    before = sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))
    ran = subprocess.run(
        [sys.executable, "-m", "reznet_load", "verdicts", "-"],
        input=f"{folder}\n{tmp_path / 'nowhere'}\n", capture_output=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    good, bad = map(json.loads, ran.stdout.splitlines())
    assert [v["id"] for v in good["verdicts"]] == [v.id for v in assemble(folder).verdicts]
    assert good["verdicts"][0]["written"]["value"].endswith(" ms") and "not there" in bad["error"]
    assert before == sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))


def test_the_verb_prints_a_table_and_has_the_exit_code_of_the_outcome(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path, rows | {"CHAT agent turn": np.full(200, 9000.0)}, units)
    ran = subprocess.run(
        [sys.executable, "-m", "reznet_load", "verdicts", str(folder)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert ran.returncode == 1 and "❌ Fail" in ran.stdout and "outcome: fail" in ran.stdout

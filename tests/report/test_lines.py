"""One document per target: from which run each line comes, given only run folders and the published document."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reznet_load.report.publish import publish
from tests import builders

SUITE, LOAD, LARGE = "20260921-100000_perf_abc1234", "20260921-110000_load_abc1234", "20260921-120000_load_abc1234"
SECTIONS = ("### 1.", "### 2.", "### 3.", "### 4.", "### 5.", "### 7.")


def perf(reports: Path, run: str = SUITE, **rows: np.ndarray) -> None:
    measured, units = builders.suite_rows()
    folder = builders.write_run(reports / run, measured | rows, units, builders.suite_info(id=run))
    publish(folder, new=True)


def load(reports: Path, run: str = LOAD, users: int = 50, **changes: object) -> None:
    rows, units = builders.healthy(users=users)
    rows |= changes.pop("rows", {})  # type: ignore[arg-type]
    info = builders.info(users=users, id=run, **changes)
    publish(builders.write_run(reports / run, rows, units, info), new=True)


def document(reports: Path) -> str:
    return (reports / "PERFORMANCE_TEST_RESULTS.md").read_text(encoding="utf-8")


def lines(reports: Path) -> dict[str, str]:
    """Metric -> its line in the executive summary, with the document's own run if the line names no other."""
    text = document(reports)
    own = text.split("\nRun `")[1].split("`")[0]
    table = text.split("### NFR Targets")[1].split("**Legend**")[0].splitlines()
    found = [line for line in table if line.startswith("| ") and "Target" not in line]
    named = [line if "⏳" in line or "— run" in line else f"{line} run `{own}`" for line in found]
    return {line.split(" | ")[0].strip("| "): line for line in named}


def section(reports: Path, begins: str) -> str:
    return document(reports).split(begins)[1].split("\n---\n")[0]


def test_a_suite_alone_fills_all_but_the_lines_of_a_load(tmp_path: Path) -> None:
    perf(tmp_path)
    found = lines(tmp_path)
    for metric in ("WebSocket Latency (p95)", "Concurrent Users"):
        assert "⏳ Pending" in found[metric] and "no valid load run of this target yet: make load" in found[metric]
        assert SUITE not in found.pop(metric)
    assert len(found) == 6 and all("✅ Pass" in line and f"run `{SUITE}`" in line for line in found.values())
    for begins in SECTIONS:
        assert "[Pending]" not in section(tmp_path, begins) and f"Test run: {SUITE}" in section(tmp_path, begins)
    assert "Test run: ⏳ no valid load run of this target yet: make load" in section(tmp_path, "### 6.")
    assert "- [ ] Run a load test: make load" in section(tmp_path, "### 6.") and "performance suite" in document(
        tmp_path
    )


def test_a_load_run_takes_the_lines_it_measures_and_leaves_the_suite_the_others(tmp_path: Path) -> None:
    perf(tmp_path)
    load(tmp_path)
    found = lines(tmp_path)
    assert f"run `{LOAD}`" in found["Agent Response Time (p95)"] and f"run `{LOAD}`" in found["WebSocket Latency (p95)"]
    for metric in ("Database Query Time (p95)", "Redis Cache Hit Rate"):  # this one was given no address
        assert "✅ Pass" in found[metric] and f"run `{SUITE}`" in found[metric]
    assert f"Test run: {SUITE}" in section(tmp_path, "### 2.")
    text = document(tmp_path)
    assert f"— run `{SUITE}`" in text and f"— run `{LOAD}`" not in text  # its own stands above all lines
    agents = section(tmp_path, "### 1.")
    assert f"Test run: {LOAD}" in agents and "- One user, no load: mean " in agents and f"(run {SUITE})" in agents


def test_the_suite_after_a_load_shows_its_figures_and_leaves_the_load_its_lines(tmp_path: Path) -> None:
    load(tmp_path, LOAD)
    perf(tmp_path, "20260921-130000_perf_abc1234")
    assert f"run `{LOAD}`" in lines(tmp_path)["Agent Response Time (p95)"]
    assert "Test run: 20260921-130000_perf_abc1234" in section(tmp_path, "### 1.")
    assert f"Test run: {LOAD}" in section(tmp_path, "### 6.")


def test_with_a_hundred_users_the_worse_of_both_runs_stands(tmp_path: Path) -> None:
    perf(tmp_path)
    load(tmp_path, rows={"CHAT agent turn": np.full(200, 4000.0)})
    load(tmp_path, LARGE, users=100)
    found = lines(tmp_path)
    assert "❌ Fail" in found["Agent Response Time (p95)"] and f"run `{LOAD}`" in found["Agent Response Time (p95)"]
    assert (
        "⚠️ Warning" in found["Concurrent Users"]
        and "This run did not try 100 users. With 50 users connected, other requirements failed: Agent Response Time (p95)."
        in found["Concurrent Users"]
    )
    assert "✅ Pass" in found["WebSocket Latency (p95)"] and f"run `{LARGE}`" in found["WebSocket Latency (p95)"]
    assert f"run `{SUITE}`" in found["Database Query Time (p95)"]
    assert f"Test run: {LOAD}" in section(tmp_path, "### 6.") and f"Test run: {LARGE}" in section(tmp_path, "### 6.")


def test_an_older_load_run_is_forgotten(tmp_path: Path) -> None:
    load(tmp_path, rows={"CHAT agent turn": np.full(200, 4000.0)})
    load(tmp_path, LARGE)
    assert "✅ Pass" in lines(tmp_path)["Agent Response Time (p95)"]


@pytest.mark.parametrize("slow", [False, True])
def test_a_smoke_run_hides_no_load_but_a_proven_failure_shows(tmp_path: Path, slow: bool) -> None:
    load(tmp_path)
    rows = {"CHAT agent turn": np.full(20, 4000.0 if slow else 1000.0)}
    load(tmp_path, "20260921-140000_smoke_abc1234", 5, scenario="smoke", rows=rows)
    line = lines(tmp_path)["Agent Response Time (p95)"]
    assert ("❌ Fail" in line and "_smoke_" in line) if slow else ("✅ Pass" in line and LOAD in line)


def test_a_stress_run_is_not_used_as_the_hundred_user_run(tmp_path: Path) -> None:
    load(
        tmp_path,
        "20260921-090000_stress_abc1234",
        200,
        scenario="stress",
        rows={"CHAT agent turn": np.full(200, 4000.0)},
    )
    load(tmp_path)
    assert "✅ Pass" in lines(tmp_path)["Agent Response Time (p95)"]
    assert "no run with 100 users yet" in section(tmp_path, "### 6.")


def test_a_void_run_decides_nothing_where_a_valid_one_did(tmp_path: Path) -> None:
    load(tmp_path)
    load(tmp_path, LARGE, rows={"GAUGE loop lag": np.full(1200, 200.0)})
    assert "**VOID**" in document(tmp_path) and f"run `{LOAD}`" in lines(tmp_path)["Agent Response Time (p95)"]


def test_a_slow_suite_fails_its_own_run_and_no_line_of_a_load(tmp_path: Path) -> None:
    load(tmp_path)
    perf(tmp_path, "20260921-130000_perf_abc1234", **{"CHAT agent turn": np.full(80, 4000.0)})
    assert "✅ Pass" in lines(tmp_path)["Agent Response Time (p95)"] and "**FAIL** (exit 1)" in document(tmp_path)

"""How long a document may be, and that it is whole: the first screen fits one, and every heading and field of the seed is there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from reznet_load.report.problems.every import problems
from reznet_load.report.problems.problem import BEYOND, SLOW, UNPROVEN
from reznet_load.report.render import render, render_details
from reznet_load.report.view import view_of
from reznet_load.result.assemble import AssembledRun, judge_folder
from tests import builders

TESTS = Path(__file__).resolve().parents[1]
SEED = [
    line.strip()
    for line in (TESTS / "golden" / "headings.txt").read_text(encoding="utf-8").splitlines()
    if line.strip()
]
RUNS = sorted(path.name.removesuffix(".tar.xz") for path in (TESTS / "golden_runs").glob("*.tar.xz"))
PROBLEMS, FIRST, LOAD, OTHERS = 40, 60, 370, 400  # lines: of outcome and problems; of these and the table; of all


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, AssembledRun]:
    home = tmp_path_factory.mktemp("runs")
    for name in RUNS:
        shutil.unpack_archive(TESTS / "golden_runs" / f"{name}.tar.xz", home)
    return {name: judge_folder(home / name) for name in RUNS}


def first_screen(text: str) -> list[str]:
    """Up to the line that says where everything is."""
    lines = text.splitlines()
    return lines[: next(n for n, line in enumerate(lines) if "**Where everything is**" in line) + 1]


def check(text: str, most: int) -> None:
    assert len(text.split("### NFR Targets")[0].splitlines()) <= PROBLEMS
    assert len(first_screen(text)) <= FIRST
    assert len(text.splitlines()) <= most
    assert [line for line in SEED if line not in text] == []
    links = set(re.findall(r"\]\(#(term-[^)]*)\)", text))
    assert links == set(re.findall(r'<a id="(term-[^"]*)"></a>', text)) and links


@pytest.mark.parametrize("name", RUNS)
def test_a_kept_runs_document_is_short_and_whole(name: str, runs: dict[str, AssembledRun]) -> None:
    run = runs[name]
    text = render(run)
    check(text, LOAD if run.result.info.scenario == "load" else OTHERS)
    assert "]&#40;" not in text + render_details(run)  # no link of ours is taken for one of others


def test_the_document_of_a_run_with_many_failures_is_short_and_whole(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    errors = {}
    for row in [row for row in rows if row.startswith(("CHAT", "GET"))]:
        errors[row] = (np.arange(len(rows[row])) % 2 == 0, "HTTP 503: " + "long text of the backend, " * 10)
    check(render(judge_folder(builders.write_run(tmp_path / "run", rows, units, errors=errors))), LOAD)


def test_reference_material_is_only_in_the_details(runs: dict[str, AssembledRun]) -> None:
    text, details = render(runs["failing"]), render_details(runs["failing"])
    for said in (
        "| GAUGE loop lag |",
        "reznet-load load --duration 20s",
        "Slowest and Failed Operations",
        "TestCachePerformance",
    ):
        assert said in details and said not in text


@pytest.mark.parametrize("name", RUNS)
def test_each_link_to_the_details_leads_to_a_heading(name: str, runs: dict[str, AssembledRun]) -> None:
    text, details = render(runs[name]), render_details(runs[name])
    there = {
        re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in details.splitlines()
        if line.startswith("#")
    }
    assert [anchor for anchor in re.findall(r"DETAILS\.md#([^)]*)\)", text) if anchor not in there] == []


def test_failures_beyond_the_expected_load_are_a_problem_of_a_stress_run(runs: dict[str, AssembledRun]) -> None:
    kinds = [one.kind for one in problems(view_of(runs["stress"]))]
    assert kinds == [SLOW, BEYOND, UNPROVEN]
    assert BEYOND not in [one.kind for one in problems(view_of(runs["load-v1"]))]


def test_a_soak_that_proves_no_drift_asks_for_time(runs: dict[str, AssembledRun]) -> None:
    unproven = next(one for one in problems(view_of(runs["soak"])) if one.kind == UNPROVEN)
    assert unproven.next_step == "Measure for longer: make soak DURATION=30m USERS=20 TARGET='--messages 2000'."


def test_a_void_run_says_why_once_and_not_with_each_requirement(runs: dict[str, AssembledRun]) -> None:
    table = render(runs["void"]).split("### NFR Targets")[1].split("**Legend**")[0]
    assert "loop was late" not in table and table.count("Void.") == 8

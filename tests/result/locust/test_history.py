"""The history gives date, length, users and ramp; with a line for each row the ramp-up is left out, and the report says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reznet_load.report.judged import document
from reznet_load.verdict.csv.parts import Parts
from tests.result.locust.made import HEADER, block, judged, said, write

LEVELS = np.array([0.5, 0.66, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0])
NAMES = "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
HISTORY = (
    f"Timestamp,User Count,Type,Name,Requests/s,Failures/s,{NAMES},Total Request Count,Total Failure Count,"
    "Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,"
    "Total Average Content Size"
)
START, RAMP, LENGTH, RATE = 1_700_000_000, 20, 100, 30


def bucket(value: float) -> int:
    return int(round(value, 0 if value < 100 else -1 if value < 1000 else -2 if value < 10_000 else -3))


def percentiles(times: np.ndarray) -> str:
    """As Locust takes them: the time of rank floor(n p) + 1, rounded."""
    ordered = np.sort([bucket(one) for one in times])
    ranks = np.minimum(np.floor(len(ordered) * LEVELS + 1e-9).astype(int), len(ordered) - 1)
    return ",".join(str(one) for one in ordered[ranks])


def run(folder: Path, ramp_ms: float, steady_ms: float, full: bool = True, seed: int = 1) -> Path:
    """A run as Locust writes it: lognormal times around `ramp_ms` while users are added, around `steady_ms` after that."""
    random = np.random.default_rng(seed)
    at = np.repeat(np.arange(LENGTH), RATE)
    times = np.where(at < RAMP, ramp_ms, steady_ms) * random.lognormal(0, 0.3, len(at))
    lines = [HISTORY]
    for second in range(LENGTH + 1):
        users = min(10, second * 10 // RAMP)
        done, window = times[at < second], times[(at < second) & (at >= second - 10)]
        mean = f"{len(done)},0,0,{done.mean() if len(done) else 0:.3f},{done.min(initial=1e9):.3f},{done.max(initial=0):.3f},2"
        shown = percentiles(window if full else done) if len(done) else ",".join(["N/A"] * 11)
        names = ["GET,/a", ",Aggregated"] if full else [",Aggregated"]
        lines += [f"{START + second},{users},{name},30,0,{shown},{mean}" for name in names]
    spread = f"{times.mean():.3f},{times.min():.3f},{times.max():.3f}"
    row = f"{len(times)},0,{bucket(np.median(times))},{spread},2,{RATE},0,{percentiles(times)}"
    path = write(folder, f"{HEADER}\nGET,/a,{row}\n,Aggregated,{row}\n", nfr=block("p95", "< 500 ms", "GET /a"))
    (folder / "run_stats_history.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("ramp", "steady", "whole", "cut"),
    [(2000, 100, "fail", "pass"), (50, 800, "fail", "fail"), (100, 100, "pass", "pass")],
)
def test_the_ramp_up_is_left_out_where_the_history_has_each_row(
    tmp_path: Path, ramp: float, steady: float, whole: str, cut: str
) -> None:
    without, full = judged(run(tmp_path / "w", ramp, steady, full=False)), judged(run(tmp_path / "f", ramp, steady))
    assert (without.outcome, full.outcome) == (whole, cut), said(full)
    assert full.verdicts[0].n == (LENGTH - RAMP) * RATE and without.verdicts[0].n == LENGTH * RATE
    assert "without its first 20s, in which users were added" in document(full)
    assert "--csv-full-history" in document(without)


def test_the_course_of_the_run_is_read(tmp_path: Path) -> None:
    course = judged(run(tmp_path, 100, 100, full=False)).run.course
    assert (course.started.year, course.length, course.users, course.ramp, course.full) == (2023, 100, 10, RAMP, False)


def test_only_the_last_run_of_an_appended_history_counts(tmp_path: Path) -> None:
    path = run(tmp_path, 100, 100, full=False)
    history = tmp_path / "run_stats_history.csv"
    head, *lines = history.read_text().splitlines()
    before = [line.replace(str(START)[:6], "169999", 1) for line in lines]
    history.write_text("\n".join([head, *before, *lines]) + "\n")
    course = judged(path).run.course
    assert (int(course.started.timestamp()), course.length) == (START, LENGTH)


def test_the_history_given_as_path_is_recognised(tmp_path: Path) -> None:
    path = run(tmp_path, 100, 100)
    found = judged(path.with_name("run_stats_history.csv"))
    assert found.outcome == "pass" and "is the history of a run" in said(found)
    path.unlink()
    found = judged(path.with_name("run_stats_history.csv"))
    assert found.exit_code == 2 and "run_stats.csv is not next to it" in found.refused


def test_a_damaged_history_does_not_prevent_the_judgement(tmp_path: Path) -> None:
    path = run(tmp_path, 100, 100)
    (tmp_path / "run_stats_history.csv").write_bytes(b"\x00\x01")
    found = judged(path)
    assert found.outcome == "pass" and found.run.course is None and "run_stats_history.csv" in said(found)


def test_totals_of_a_run_that_was_reset_are_not_taken_apart(tmp_path: Path) -> None:
    path = run(tmp_path, 2000, 100)
    history = tmp_path / "run_stats_history.csv"
    lines = history.read_text().splitlines()
    history.write_text("\n".join([lines[0], *lines[60:], *lines[1:60]]) + "\n")
    assert judged(path).run.table.cut == 0


@pytest.mark.parametrize("seed", range(40))
def test_bounds_of_stretches_hold_the_ranks_of_all_of_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    parts = [
        random.lognormal(5, random.uniform(0.1, 1.5), random.integers(1, 400)) for _ in range(random.integers(1, 9))
    ]
    n = np.array([[len(one) for one in parts]], dtype=float)
    columns = np.array([[[float(one) for one in percentiles(part).split(",")] for part in parts]])
    every = np.sort(np.concatenate(parts))
    found = Parts(n, LEVELS, columns)
    for rank in random.integers(1, len(every) + 1, 20):
        low, high = found.bounds(0, rank, rank)
        assert low <= every[rank - 1] <= high + 1e-9

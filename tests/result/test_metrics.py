"""A run folder as a page for Prometheus: the same numbers as the judge's, however the folder grew."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from reznet_load.cli import main
from reznet_load.core import folder as run_folder
from reznet_load.core.measured.measurement import CUT_OFF, MISSING, RECORD, RECORD_FIELDS
from reznet_load.core.nfr import load_requirements
from reznet_load.core.run_files import to_json
from reznet_load.core.system.resources import resource
from reznet_load.result.assemble import assemble
from reznet_load.result.metrics.counts import EDGES
from reznet_load.result.metrics.families import TABLE
from reznet_load.result.metrics.run_metrics import RunMetrics
from reznet_load.result.standing import as_json, stand
from tests import builders
from tests.result.test_golden_runs import RUNS
from tests.scraped import PREFIX, ScrapedPage, assert_equals_result

ORIGIN = builders.ORIGIN


def result_of(folder: Path) -> dict:
    return json.loads(to_json(assemble(folder)))


def page_of(folder: Path, metrics: RunMetrics | None = None, now: float = ORIGIN + 90) -> ScrapedPage:
    return ScrapedPage((metrics or RunMetrics()).text(folder, as_json(stand(folder)), now))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows, units = builders.healthy()
    failed = {"GET /health": (np.array([3, 7]), "HTTP 500"), "CHAT echo": (np.array([1]), CUT_OFF)}
    failed |= {"CHAT first token": (np.array([0, 5]), MISSING)}
    return builders.write_run(tmp_path / "run", rows, units, errors=failed)


def test_the_page_has_the_numbers_of_the_result(folder: Path) -> None:
    assert_equals_result(page_of(folder), result_of(folder))


@pytest.mark.parametrize("name", ["failing", "load-v2", "capacity"])
def test_the_page_of_a_run_that_was_made_is_that_of_its_result(name: str, tmp_path: Path) -> None:
    """Workers, several phases, failures."""
    shutil.unpack_archive(RUNS / f"{name}.tar.xz", tmp_path)
    (folder,) = (one.parent for one in tmp_path.rglob("run.json"))
    assert_equals_result(page_of(folder), result_of(folder))


def test_a_folder_that_grows_is_counted_once(folder: Path) -> None:
    """Cut anywhere, also within a record or a name: each call reads whole items, and no sample twice."""
    samples = folder / run_folder.SAMPLES
    records, names = (samples / "local.bin").read_bytes(), (samples / "local.names.jsonl").read_bytes()
    metrics = RunMetrics()
    for share in (0.0, 0.13, 0.5, 0.51, 1.0):
        (samples / "local.names.jsonl").write_bytes(names if share else names[:70])
        (samples / "local.bin").write_bytes(records[: int(share * len(records))])
        page_of(folder, metrics)
    assert page_of(folder, metrics).samples == page_of(folder).samples
    assert_equals_result(page_of(folder, metrics), result_of(folder))


def test_a_sample_is_of_the_phase_in_which_it_began_by_the_masters_clock(tmp_path: Path) -> None:
    """The worker's clock is 5 s ahead and drifts: what it dates after the ramp-up may still be of it."""
    readings = {"w": [(ORIGIN, 5.0), (ORIGIN + 60, 5.5)]}
    run = builders.info(clock_offsets={"w": 5.0}, clock_readings=readings)
    folder = builders.write_run(tmp_path / "run", {"GET /health": np.full(700, 3.0)}, {}, run, worker="w")
    page, result = page_of(folder), result_of(folder)
    counts = {row["phase"]: row["count"] for row in result["rows"] if row["key"] == "GET /health"}
    assert len(counts) == 2
    for phase, count in counts.items():
        assert page.value("operations_total", row="GET /health", phase=phase, outcome="success") == count


def test_operations_after_the_last_phase_are_counted_as_outside(tmp_path: Path) -> None:
    folder = builders.write_run(tmp_path / "run", {"GET /health": np.full(10, 3.0)}, {})
    late = np.zeros(1, np.dtype(RECORD_FIELDS))
    late["start"], late["value"], late["late"] = ORIGIN + 71, 2.0, np.nan
    with (folder / run_folder.SAMPLES / "local.bin").open("ab") as file:
        file.write(late.tobytes())
    assert page_of(folder).value("operations_total", row="GET /health", phase="outside", outcome="success") == 1


def test_the_number_of_a_rounds_user_is_no_failure(tmp_path: Path) -> None:
    folder = builders.write_run(tmp_path / "run", {"GET /health": np.full(60, 3.0)}, {})
    samples = folder / run_folder.SAMPLES
    with (samples / "local.names.jsonl").open("a") as file:
        file.write(json.dumps({"row": 9, "kind": "COUNT", "name": "chat round", "unit": "ms", "users": True}) + "\n")
    with (samples / "local.bin").open("ab") as file:
        file.write(b"".join(RECORD.pack(ORIGIN + 20, 900.0, np.nan, 9, user) for user in range(30)))
    page = page_of(folder)
    assert page.value("operations_total", row="COUNT chat round", phase="steady", outcome="success") == 30
    assert page.value("operations_total", row="COUNT chat round", phase="steady", outcome="failure") == 0


def gauges(folder: Path, process: str, users: float, at: float) -> None:
    """One second of a process' gauges."""
    names = [
        {"row": 0, "kind": "GAUGE", "name": "users", "unit": "users"},
        {"row": 1, "kind": "GAUGE", "name": "loop lag", "unit": "ms"},
        {"row": 2, "kind": "GAUGE", "name": "target cpu", "unit": "%"},
    ]
    samples = folder / run_folder.SAMPLES
    samples.mkdir(exist_ok=True, parents=True)
    (samples / f"{process}.names.jsonl").write_text("".join(json.dumps(one) + "\n" for one in names))
    with (samples / f"{process}.bin").open("ab") as file:
        file.write(
            b"".join(RECORD.pack(at, value, np.nan, row, 0) for row, value in ((0, users), (1, 40), (1, 7), (2, 55)))
        )


def test_while_a_run_is_on_its_users_are_the_sum_of_the_processes_that_still_report(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    run_folder.write_info(folder, replace(builders.info(), ended=""))
    metrics = RunMetrics()
    gauges(folder, "w-1", 10, ORIGIN + 20)
    gauges(folder, "w-2", 7, ORIGIN + 29)
    on = ScrapedPage(metrics.text(folder, {"state": "running"}, ORIGIN + 29.5))
    assert (on.value("users"), on.value("running"), on.value("phase", phase="steady")) == (17, 1, 1)
    assert on.value("generator_lag_seconds", process="w-2") == pytest.approx(0.04)
    assert on.value("gauge", row="target cpu", process="w-2", unit="%") == 55
    gauges(folder, "w-2", 6, ORIGIN + 40)  # w-1 was lost
    later = ScrapedPage(metrics.text(folder, {"state": "running"}, ORIGIN + 40.5))
    assert later.value("users") == 6 and later.value("gauge", row="target cpu", process="w-1", unit="%") is None
    run_folder.update_info(folder, ended="2026-09-21T12:01:20Z")
    over = ScrapedPage(metrics.text(folder, {}, ORIGIN + 80))
    assert (over.value("users"), over.value("running"), over.value("phase", phase="steady")) == (0, 0, 0)


def test_another_folder_starts_new_counts(folder: Path, tmp_path: Path) -> None:
    other = builders.write_run(tmp_path / "other", {"GET /health": np.full(10, 3.0)}, {})
    metrics = RunMetrics()
    page_of(folder, metrics)
    assert page_of(other, metrics).samples == page_of(other).samples


def test_each_limit_of_a_latency_is_an_edge_of_the_buckets() -> None:
    limits = {nfr.limit.value / 1000 for nfr in load_requirements(resource("nfr.toml")).nfrs if nfr.limit.unit == "ms"}
    assert limits <= set(EDGES) and list(EDGES) == sorted(EDGES)


def test_the_table_of_metrics_is_what_the_page_has(folder: Path, tmp_path: Path) -> None:
    running = tmp_path / "on"
    running.mkdir()
    run_folder.write_info(running, replace(builders.info(), ended=""))
    gauges(running, "local", 3, ORIGIN + 20)
    pages = [page_of(folder), ScrapedPage(RunMetrics().text(running, {"state": "running"}, ORIGIN + 21))]
    seen: dict[str, set[str]] = {}
    for page in pages:
        for name, samples in page.samples.items():
            family = name if name in TABLE else name.rpartition("_")[0]
            seen.setdefault(family, set()).update(label for labels in samples for label, _ in labels if label != "le")
    assert seen == {name: set(labels) for name, (_, labels) in TABLE.items()}


def test_the_command_prints_the_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", str(folder)]) == 0
    assert_equals_result(ScrapedPage(capsys.readouterr().out), result_of(folder))
    assert main(["metrics", str(folder / "nowhere")]) == 2


def test_names_of_a_backend_cannot_break_the_page(tmp_path: Path) -> None:
    wild = 'GET /"\\x}\n# EOF'
    folder = builders.write_run(tmp_path / "run", {wild: np.full(5, 3.0)}, {})
    rows = {dict(labels)["row"] for labels in page_of(folder).samples["operations_total"]}
    assert len(rows) == 1 and asdict(assemble(folder).rows[0])["key"] in rows
    assert PREFIX.isidentifier()

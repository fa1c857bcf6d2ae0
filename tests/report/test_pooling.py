"""The comparison of pools, from run folders of known numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reznet_load import cli
from reznet_load.core import folder as run_folder
from reznet_load.report.pooling_document import TriedPool, write
from reznet_load.report.publish import publish
from tests.builders import healthy, info, write_run


def run_of(home: Path, size: int, page: float, queued: int, **changes: object) -> TriedPool:
    rows, units = healthy()
    rows["GET /api/channels/{id}/messages"] = np.random.default_rng(size).lognormal(np.log(page), 0.2, 330)
    rows |= {
        "GAUGE database connections": np.full(60, float(size)),
        "GAUGE database connections active": np.full(60, 1.0),
    }
    units |= {key: "connections" for key in rows if key.startswith("GAUGE database")}
    pool = {"requests_num": 0, "requests_queued": 0, "requests_wait_ms": 0}
    later = {"requests_num": 1000, "requests_queued": queued, "requests_wait_ms": queued * 40}
    probes = {"before": {"postgres": {"pool": pool}}, "after": {"postgres": {"pool": later}}}
    run = replace(info(id=f"run-{size}", probes=probes), **changes)  # type: ignore[arg-type]
    folder = write_run(home / f"run-{size}", rows, units, run)
    publish(folder, new=False)
    return TriedPool(size, folder)


def test_the_table_has_a_line_per_size_and_names_the_best(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tried = [
        run_of(tmp_path, 2, 300.0, 400),
        run_of(tmp_path, 10, 20.0, 0),
        TriedPool(20, None, "not up 120 s after --restart"),
    ]
    path, choice = write(tmp_path, tried, "reznet-load pooling")
    assert choice.text == "Best: 10 connections." and path == tmp_path / "POOLING.md"
    two, ten, twenty = [line for line in path.read_text().splitlines() if line.startswith(("| 2 ", "| 10 ", "| 20 "))]
    assert "400 of 1 000 (40.0 %), 40 ms on average" in two and "none of 1 000" in ten
    assert "10 open, at most 1 at work" in ten and "`run-10`" in ten and "✅ Pass" in ten
    assert twenty.endswith("| not up 120 s after --restart |")
    assert "- message page p95: 2 connections" in path.read_text()


def test_a_larger_pool_than_needed_is_no_reason_to_shrink(tmp_path: Path) -> None:
    _, choice = write(tmp_path, [run_of(tmp_path, 5, 20.0, 0), run_of(tmp_path, 20, 20.0, 0)], "reznet-load pooling")
    assert (
        choice.compared
        and choice.text
        == "No difference proven between 5, 20 connections: this run gives no reason for another pool size."
    )


def test_an_interrupted_run_is_not_compared(tmp_path: Path) -> None:
    tried = [run_of(tmp_path, 2, 300.0, 400, interrupted=True), run_of(tmp_path, 10, 20.0, 0)]
    path, choice = write(tmp_path, tried, "reznet-load pooling")
    assert (
        not choice.compared and choice.text.startswith("No comparison") and "`run-2` (interrupted)" in path.read_text()
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sizes", "5"], "expected two to 8 different sizes"),
        (["--sizes", "5,5"], "different sizes"),
        (["--sizes", "0,5"], "different sizes"),
        (["--host", "http://127.0.0.1:1"], "--restart: with HOST"),
        (["--host", "http://127.0.0.1:1", "--restart", "make up"], "{size}"),
        (["--restart", "up {size}"], "--restart: only with HOST"),
        (["--duration", "30m"], "at most"),
    ],
)
def test_impossible_comparisons_are_refused_before_anything_starts(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOST", raising=False)
    assert cli.main(["pooling", *words]) == 2
    assert said in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["pooling", "--sizes", "few"])


def test_a_deployment_that_does_not_come_up_is_a_line_of_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--host", "http://127.0.0.1:1", "--sizes", "2,5", "--restart", "echo pool {size} >&2; exit 3"]
    assert cli.main(["pooling", *words, "--reports", str(tmp_path)]) == 2
    assert "ended with 3: pool 5" in capsys.readouterr().out
    assert not list(tmp_path.glob(f"*/{run_folder.INFO}"))

"""Every sample of a run as one table."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from reznet_load.cli import main
from reznet_load.core.measured.measurement import CUT_OFF
from reznet_load.result.export import COLUMNS, export
from tests import builders


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Two processes, one ahead of the clock, with failures, lateness and things not timed."""
    folder = tmp_path / "run"
    rows = {"CHAT echo": np.array([3.0, np.nan, 5.5]), "GET /api/agents": np.array([7.25])}
    late = {"CHAT echo": np.array([0.5, np.nan, 0.0])}
    builders.write_run(folder, rows, {}, builders.info(clock_offsets={"w-2": 5.0}), worker="w-1", late=late)
    errors = {"CHAT echo": (np.array([True, False]), CUT_OFF)}
    builders.write_samples(folder, {"CHAT echo": np.array([9.0, 8.0])}, worker="w-2", errors=errors)
    return folder


def test_csv_and_parquet_hold_every_sample_alike(run: Path, tmp_path: Path) -> None:
    assert export(run, tmp_path / "a.csv") == export(run, tmp_path / "a.parquet") == 6
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    table = pyarrow.parquet.read_table(tmp_path / "a.parquet").to_pylist()
    assert list(lines[0]) == list(table[0]) == list(COLUMNS)
    assert [{name: str("" if value is None else value) for name, value in line.items()} for line in table] == [
        line | {name: line[name] and str(float(line[name])) for name in ("start", "value", "late")} for line in lines
    ]
    assert sorted(line["value"] for line in lines) == ["", "3", "5.5", "7.25", "8", "9"]
    failed = next(line for line in lines if line["error"])
    assert (failed["error"], failed["process"], failed["late"]) == (CUT_OFF, "w-2", "")
    shifted = [float(line["start"]) - builders.ORIGIN for line in lines if line["process"] == "w-2"]
    assert shifted == pytest.approx([20, 50]) and {line["phase"] for line in lines} == {"steady"}


def test_the_command_says_what_it_wrote(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["samples", str(run), "--out", str(tmp_path / "a.csv")]) == 0
    assert "6 samples in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("folder", "out", "said"),
    [
        ("run", "a.xlsx", "expected a name that ends in .parquet or .csv"),
        ("nothing", "a.csv", "expected a run folder"),
        ("run", "no/such/a.csv", "No such file or directory; choose another place"),
    ],
)
def test_an_output_error_of_the_export_is_reported(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str, out: str, said: str
) -> None:
    assert main(["samples", str(tmp_path / folder), "--out", str(tmp_path / out)]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.part"))


def test_a_missing_pyarrow_is_reported_and_needed_only_for_parquet(run: Path, tmp_path: Path) -> None:
    script = f"""
import sys
sys.modules["pyarrow"] = None
from reznet_load.cli import main
print(main(["samples", {str(run)!r}, "--out", {str(tmp_path / "a.csv")!r}]))
print(main(["samples", {str(run)!r}, "--out", {str(tmp_path / "a.parquet")!r}]))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert ended.stdout.splitlines()[1:] == ["0", "2"], ended.stderr
    assert "pip install 'reznet-load[parquet]', or write a .csv" in ended.stderr and "Traceback" not in ended.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"run", "a.csv"}

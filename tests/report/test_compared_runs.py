"""Two run folders next to each other: a p95 six times as slow is worse, whatever else is in the table."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reznet_load.report.comparison.compare import compare
from reznet_load.report.comparison.side import Side, read
from tests import builders


def side(folder: Path, echo: np.ndarray, run: str) -> Side:
    rows, units = builders.healthy()
    rows["CHAT echo"] = echo
    info = builders.info(fingerprint="same", id=run)
    return read(builders.write_run(folder / run, rows, units, info))


def echoes(rng: np.random.Generator, p95: float) -> np.ndarray:
    """165 echoes whose p95 lies about there, a tenth of the variance between ten blocks of time."""
    block = np.repeat(rng.normal(0, 0.6 * np.sqrt(0.1), 10), 17)[:165]
    return p95 / np.exp(0.6 * 1.645) * np.exp(block + rng.normal(0, 0.6 * np.sqrt(0.9), 165))


def test_an_echo_of_32_ms_and_one_of_204_ms_are_a_difference(tmp_path: Path) -> None:
    rng = np.random.default_rng(12)
    found = compare(side(tmp_path, echoes(rng, 32.5), "a"), side(tmp_path, echoes(rng, 204.0), "b"))
    pairs = {(pair.name, pair.statistic): pair for pair in found.rows}
    assert pairs["CHAT echo", "p95"].sign == pairs["CHAT echo", "p50"].sign == "worse" and len(pairs) > 12
    (latency,) = [pair for pair in found.requirements if pair.name.startswith("WebSocket Latency")]
    assert latency.sign == "worse" and found.exit_code == 1


def test_runs_of_the_same_backend_do_not_differ(tmp_path: Path) -> None:
    rng = np.random.default_rng(13)
    found = compare(side(tmp_path, echoes(rng, 32.5), "a"), side(tmp_path, echoes(rng, 32.5), "b"))
    assert {pair.sign for pair in (*found.rows, *found.requirements)} <= {"~", ""} and found.exit_code == 0

"""A row is judged on everything requested in it: a missing part counts with its time-out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reznet_load.core.measured.measurement import MISSING
from reznet_load.core.run import RunResult, Verdict
from reznet_load.result.assemble import assemble
from tests import builders

FIRST = "CHAT first token"


def judged(folder: Path, missing: int, of: int = 91, value: float = 250.0, timeout: float = 30_000.0) -> RunResult:
    rows, units = builders.healthy()
    rows[FIRST] = np.full(of, value)
    never = np.zeros(of, bool)
    never[np.linspace(0, of - 1, missing).astype(int)] = True
    rows[FIRST][never] = timeout
    return assemble(builders.write_run(folder / "run", rows, units, errors={FIRST: (never, MISSING)}))


def ttfb(result: RunResult) -> Verdict:
    return next(one for one in result.verdicts if one.id == "ttfb_mean")


def test_fourteen_of_91_first_tokens_that_never_came_fail(tmp_path: Path) -> None:
    found = ttfb(judged(tmp_path, 14))
    assert found.outcome == "fail" and "15.4 % of CHAT first token did not come (14 of 91)" in found.reason


def test_few_that_never_came_enter_the_mean_with_their_time_out_and_are_counted(tmp_path: Path) -> None:
    found = ttfb(judged(tmp_path, 3))
    assert found.value == pytest.approx((88 * 250 + 3 * 30_000) / 91, rel=1e-4)
    assert found.outcome == "warning" and "3 did not come, counted as 30 s each" in found.reason


def test_one_that_never_came_far_from_the_limit_passes_and_is_counted(tmp_path: Path) -> None:
    found = ttfb(judged(tmp_path, 1, of=2000, value=50.0, timeout=5000.0))
    assert found.outcome == "pass" and "1 did not come" in found.reason


def test_the_report_and_the_error_rate_count_it_once(tmp_path: Path) -> None:
    result = judged(tmp_path, 3)
    row = next(one for one in result.rows if one.key == FIRST and one.phase == "steady")
    assert (row.count, row.failures, row.missing, row.errors) == (88, 0, 3, {MISSING: 3})
    assert row.maximum == 30_000 and row.mean == pytest.approx(ttfb(result).value, rel=1e-4)
    assert next(one for one in result.verdicts if one.id == "error_rate").outcome == "pass"


@pytest.mark.parametrize("timeout", [5_000.0, 50.0])
def test_for_a_quantile_it_is_past_the_limit_whatever_its_time_out(tmp_path: Path, timeout: float) -> None:
    rows, units = builders.healthy()
    rows["CHAT echo"] = np.full(300, 3.0)
    never = np.arange(300) % 33 == 0  # 10: too few to be proven 5 %, too many for a p95 that passes
    rows["CHAT echo"][never] = timeout
    result = assemble(builders.write_run(tmp_path / "run", rows, units, errors={"CHAT echo": (never, MISSING)}))
    found = next(one for one in result.verdicts if one.id == "websocket_latency_p95")
    assert found.outcome == "warning" and found.row == "CHAT echo" and "10 did not come" in found.reason


def test_replies_are_the_units_of_gaps_that_never_came(tmp_path: Path) -> None:
    """15 of 100 replies stopped: of their gaps that is 0.4 %, of the replies 15 %."""
    rows, units = builders.healthy()
    rows["CHAT chunk gap"] = np.full(4000, 20.0)
    stopped = np.zeros(4000, bool)
    stopped[::270] = True
    rows["CHAT chunk gap"][stopped] = 10_000.0
    folder = builders.write_run(tmp_path / "run", rows, units, errors={"CHAT chunk gap": (stopped, MISSING)})
    path = folder / "samples" / "local.bin"
    records = np.fromfile(path, np.dtype(builders.RECORD_FIELDS))
    row = list(rows).index("CHAT chunk gap")
    gaps = records["row"] == row
    records["start"][gaps] = np.repeat(builders.spread(100, 60), 40)
    path.write_bytes(records.tobytes())
    found = next(one for one in assemble(folder).verdicts if one.id == "inter_chunk_mean")
    assert found.outcome == "fail" and "of 100" in found.reason


def test_if_no_part_came_only_that_is_reported(tmp_path: Path) -> None:
    found = ttfb(judged(tmp_path, 91))
    assert (found.outcome, found.reason) == ("fail", "no first token came (91 of 91 are missing)")

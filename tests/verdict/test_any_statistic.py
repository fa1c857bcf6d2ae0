"""A requirement on an existing row with any statistic: judged, and carried by the row, by nfr.toml alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reznet_load.core.measured.statistic import FORM, floor_of, is_statistic, statistic_of
from reznet_load.core.run_files import read_result, to_json
from reznet_load.result.assemble import assemble
from tests.builders import healthy, write_run

_NFR = '\n[[nfr]]\nid = "own"\ntitle = "Own"\nstatistic = "{}"\nlimit = "{}"\nrows = ["CHAT ping"]\nsection = 6\n'


def run_with(folder: Path, statistic: str, limit: str) -> Path:
    """A quiet run of 60 s whose 1 200 pings took 1 to 1 200 µs, with one requirement more."""
    values, units = healthy()
    values["CHAT ping"] = np.random.default_rng(3).permutation(np.arange(1, 1201) / 1000)
    written = write_run(folder, values, units)
    nfr = written / "nfr.toml"
    nfr.write_text(nfr.read_text("utf-8") + _NFR.format(statistic, limit), "utf-8")
    return written


@pytest.mark.parametrize(
    ("statistic", "limit", "outcome", "value"),
    [
        ("p75", "< 2 ms", "pass", 0.9),
        ("p75", "< 0.5 ms", "fail", 0.9),
        ("p99.5", "< 2 ms", "pass", 1.194),
        ("min", "< 2 ms", "pass", 0.001),
        ("min", "> 1 ms", "fail", 0.001),
        ("max", "< 2 ms", "pass", 1.2),
        ("throughput", "> 10 /s", "pass", 20.0),
        ("throughput", "> 30 /s", "fail", 20.0),
        ("requests", "> 1000 count", "pass", 1200),
        ("requests", "> 2000 count", "fail", 1200),
    ],
)
def test_any_statistic_is_judged_and_stored_in_the_row(
    tmp_path: Path, statistic: str, limit: str, outcome: str, value: float
) -> None:
    result = assemble(run_with(tmp_path / "run", statistic, limit))
    verdict = next(one for one in result.verdicts if one.id == "own")
    assert (verdict.outcome, verdict.value) == (outcome, pytest.approx(value, rel=1e-4))
    (row,) = [row for row in result.rows if row.key == "CHAT ping" and row.phase == verdict.phase]
    assert row.value(statistic) == pytest.approx(value, rel=1e-4)
    (tmp_path / "result.json").write_text(to_json(result), "utf-8")
    assert row in read_result(tmp_path / "result.json").rows


def test_percentiles_of_a_csv_that_an_older_version_kept_by_level_are_read(tmp_path: Path) -> None:
    result = assemble(run_with(tmp_path / "run", "p75", "< 2 ms"))
    text = to_json(result).replace('"statistics": {\n    "p75": 0.9\n   }', '"columns": {\n    "0.75": 0.9\n   }')
    assert '"columns"' in text
    (tmp_path / "result.json").write_text(text, "utf-8")
    assert read_result(tmp_path / "result.json").rows == result.rows


@pytest.mark.parametrize("name", ["p0", "p100", "p", "q95", "p99.99999", "average", "P95", ""])
def test_an_unknown_statistic_is_refused_with_the_right_form(name: str) -> None:
    assert not is_statistic(name)
    with pytest.raises(KeyError, match=r"a percentile"):
        statistic_of(name)
    assert "p99.9" in FORM


@pytest.mark.parametrize(("name", "floor"), [("p50", 6), ("p90", 36), ("p95", 73), ("p99", 371), ("p99.9", 3720)])
def test_the_floor_of_a_percentile_follows_from_it(name: str, floor: int) -> None:
    kind = statistic_of(name)
    assert kind.floor == floor == floor_of(kind.level)

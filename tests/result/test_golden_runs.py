"""Run folders of version 0.1.0 are read, and give the numbers in `tests/golden_runs/expected`."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from reznet_load.core.run import RunResult
from reznet_load.history import baseline, store
from reznet_load.history.line import from_dict, to_dict
from reznet_load.result.assemble import assemble

RUNS = Path(__file__).resolve().parent.parent / "golden_runs"
NAMES = sorted(path.name.removesuffix(".tar.xz") for path in RUNS.glob("*.tar.xz"))


def number(value: float | None) -> float | None:
    """Six significant digits: a library's next version may sum in another order."""
    return None if value is None else float(f"{value:.6g}")


def numbers(result: RunResult) -> dict[str, Any]:
    """What a reader counts on, without a sentence: wording may change, these may not."""
    verdicts = {
        one.id: [
            one.outcome,
            *map(number, (one.value, one.low, one.high, one.n_eff)),
            one.n,
            one.row,
            one.phase,
            one.counts,
        ]
        for one in (*result.verdicts, *result.behaviour)
    }
    rows = {
        f"{row.key} | {row.phase}": [
            row.count, row.failures, row.cut_off,
            *map(number, (row.rate, row.mean, row.minimum, row.maximum, row.p50, row.p95, row.p99, row.intended)),
        ]
        for row in result.rows
    }  # fmt: skip
    capacity = result.capacity
    return {
        "outcome": result.outcome,
        "exit_code": result.exit_code,
        "verdicts": verdicts,
        "rows": rows,
        "cautions": sorted(f"{one.id}{' (void)' if one.void else ''}" for one in result.cautions),
        "findings": {one.id: {part: number(share) for part, share in one.shares.items()} for one in result.findings},
        "changes": {one.id: number(one.percent) for one in result.changes},
        "steps": [[step.name, step.users, step.state, number(step.goodput)] for step in result.steps],
        "capacity": None if capacity is None else [capacity.low, capacity.high, number(capacity.n_star)],
    }


def lines(found: dict[str, Any]) -> str:
    """One line an entry, so that a difference is read at a glance."""
    parts = []
    for name, value in found.items():
        if isinstance(value, dict):
            inner = ",\n".join(f"  {json.dumps(key)}: {json.dumps(one)}" for key, one in sorted(value.items()))
            parts.append(f"{json.dumps(name)}: {{\n{inner}\n}}")
        else:
            parts.append(f"{json.dumps(name)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


@pytest.mark.parametrize("name", NAMES)
def test_a_kept_run_gives_the_numbers_it_gave(name: str, tmp_path: Path) -> None:
    shutil.unpack_archive(RUNS / f"{name}.tar.xz", tmp_path)
    found = lines(numbers(assemble(tmp_path / name)))
    expected = RUNS / "expected" / f"{name}.json"
    if os.environ.get("REZNET_LOAD_UPDATE_GOLDEN"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


def test_a_history_of_version_0_1_0_is_read() -> None:
    found = store.read(RUNS).lines
    assert [line.scenario for line in found] == ["load", "stress", "capacity"]
    assert all(line.values for line in found)


def test_a_baseline_of_version_0_1_0_is_read() -> None:
    assert [line.scenario for line in baseline.read(RUNS)] == ["load"]


def test_lines_of_a_history_and_of_a_baseline_are_written_as_they_were_read() -> None:
    """Through the record and back nothing is lost, and keys keep their order."""
    pinned = json.loads((RUNS / baseline.FILE).read_text(encoding="utf-8"))["pinned"]
    kept = [json.loads(text) for text in (RUNS / store.FILE).read_text(encoding="utf-8").splitlines()]
    for entry in (*kept, *pinned):
        assert json.dumps(to_dict(from_dict(entry))) == json.dumps(entry)

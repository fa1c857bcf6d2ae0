"""A renamed row is read under its present name, wherever an older version wrote it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reznet_load.core import rows
from reznet_load.core.nfr import load_requirements
from reznet_load.core.run_files import read_result, to_json
from reznet_load.history import store
from reznet_load.result import context
from reznet_load.result.assemble import assemble
from reznet_load.result.operations import read as read_operations
from tests.builders import healthy, info, write_run

OLD, NEW = "CHAT roundtrip", rows.PING.key


@pytest.fixture
def old_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run folder with a row of a name that today's table calls an alias."""
    monkeypatch.setitem(rows.ALIASES, OLD, NEW)
    values, units = healthy()
    values[OLD] = values.pop(NEW)
    folder = write_run(tmp_path / "run", values, units)
    shipped = (folder / "nfr.toml").read_text("utf-8")
    (folder / "nfr.toml").write_text(shipped.replace(f'"{NEW}"', f'"{OLD}"'), "utf-8")
    return folder


def test_samples_and_requirements_of_an_old_run_use_the_new_name(old_run: Path) -> None:
    nfr = next(one for one in load_requirements(old_run / "nfr.toml").nfrs if one.id == "websocket_latency_p95")
    assert NEW in nfr.rows and OLD not in nfr.rows
    found = assemble(old_run)
    assert NEW in {row.key for row in found.rows} and OLD not in {row.key for row in found.rows}
    assert next(v for v in found.verdicts if v.id == "websocket_latency_p95").outcome == "pass"


def test_an_old_result_and_its_line_in_the_history_are_read(old_run: Path, tmp_path: Path) -> None:
    found = assemble(old_run)
    verdicts = tuple(replace(one, row=OLD) if one.row == NEW else one for one in found.verdicts)
    kept = replace(found, rows=tuple(replace(r, key=OLD) if r.key == NEW else r for r in found.rows), verdicts=verdicts)
    path = tmp_path / "result.json"
    path.write_text(to_json(kept), "utf-8")
    assert OLD not in {row.key for row in read_result(path).rows}
    store.append(tmp_path, store.line_of(kept))
    values = store.read(tmp_path).lines[0].values.values()
    assert OLD not in {value.row for value in values}


def test_context_and_operations_of_earlier_versions_are_read(old_run: Path) -> None:
    row = {"key": OLD, "phase": "steady", "unit": "ms", "count": 1, "columns": {"0.9": 2.0}}  # as 0.1.0 wrote it
    entry = {"run": "r", "users": 1, "outcome": "pass", "verdicts": [], "rows": [row], "seconds": 1.0}
    (old_run / context.FILE).write_text(json.dumps({"load": entry}), "utf-8")
    load = context.read(old_run).load
    assert load is not None and (load.rows[0].key, load.rows[0].value("p90")) == (NEW, 2.0)
    (old_run / "operations.jsonl").write_text(json.dumps({"row": OLD, "start": 1.0, "value": 2.0}) + "\n", "utf-8")
    assert [one.row for one in read_operations(old_run, info())] == [NEW]

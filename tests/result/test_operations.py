"""The operations of failed rows in the document, and nothing but them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from reznet_load.core.folder import OPERATIONS
from reznet_load.result.assemble import assemble
from reznet_load.result.operations import MOST, of_failed, read, table
from tests import builders

START = builders.ORIGIN + 35  # by the worker's clock, 15 s ahead


def entry(**fields: object) -> str:
    return json.dumps({"row": "CHAT agent turn", "start": START, "value": 900.0, "worker": "w-1"} | fields)


def slow_turns(folder: Path, **changes: object) -> Path:
    rows, units = builders.healthy()
    rows["CHAT agent turn"] = np.full(200, 5000.0)
    return builders.write_run(folder, rows, units, builders.info(**changes))


def test_of_each_failed_row_the_slowest_and_the_failed_of_its_phase(tmp_path: Path) -> None:
    folder = slow_turns(tmp_path / "run", clock_offsets={"w-1": 15.0})
    lines = [entry(value=5000.0 + n, start=START, request_id=f"r{n}") for n in range(30)]
    lines += [entry(value=9e5, start=START - 12, request_id="in the ramp-up, by our clock")]
    lines += [
        entry(row="CHAT ping", value=9e9),
        '{"torn',
        "[]",
        entry(start="soon"),
        entry(value="slow"),
        entry(status=math.inf),
    ]
    lines += [entry(error="busy: x", message="m1", text="a|b\n`c` <i>", status=0) for _ in range(12)]
    (folder / OPERATIONS).write_text("\n".join(lines))
    result = assemble(folder)
    (kept,) = of_failed(tuple(read(folder, result.info)), result)
    assert (kept.row, kept.phase) == ("CHAT agent turn", "steady") and result.operations == OPERATIONS
    assert [one.value for one in kept.slowest] == [5029.0 - n for n in range(MOST)]
    assert len(kept.failed) == MOST
    first, *_, last = table(kept)
    assert first["said"] == "busy: x; a&#124;b \\`c\\` &lt;i>" and first["message"] == "m1" and first["request"] == "-"
    assert first["when"] == "14:13:40.000" and last["took"] == "5 020 ms"


def test_a_run_without_failures_or_without_the_file_shows_none(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    good = builders.write_run(tmp_path / "good", rows, units)
    (good / OPERATIONS).write_text(entry())
    assert of_failed(tuple(read(good, assemble(good).info)), assemble(good)) == ()
    bad = slow_turns(tmp_path / "bad")
    assert of_failed(tuple(read(bad, assemble(bad).info)), assemble(bad)) == () and assemble(bad).operations == ""

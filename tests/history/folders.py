"""Folders of runs like each other, published one after another."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests import builders


def made(reports: Path, number: int, slower: float = 1.0, **changes: object) -> Path:
    """The folder of run `number` of a row of equal ones, agents `slower`, with 2 % of noise from run to run."""
    rows, units = builders.healthy()
    noise = np.exp(np.random.default_rng(number).normal(0, 0.02, len(rows)))
    for (key, values), factor in zip(rows.items(), noise, strict=True):
        if units.get(key, "ms") == "ms":
            rows[key] = values * factor
    rows["CHAT agent turn"] = rows["CHAT agent turn"] * slower
    started = f"2026-09-21T12:{number:02d}:00Z"
    facts = {"id": f"20260921-12{number:02d}00_load_abc1234", "started": started, "backend_commit": f"b{number:03d}"}
    run = builders.info(**(facts | {"fingerprint": "f00d"} | changes))
    return builders.write_run(reports / run.id, rows, units, run)

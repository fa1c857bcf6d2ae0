"""Folders of runs like each other, published one after another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from reznet_load.core import folder as run_folder
from reznet_load.core.deployment import DeploymentFacts
from reznet_load.core.profile import SETTLE, STEADY, STEP, Phase
from reznet_load.deployment.prepare import share
from tests import builders

_SEARCH_SECONDS = 180.0


def made(reports: Path, number: int, slower: float = 1.0, **changes: object) -> Path:
    """The folder of run `number` of a row of equal ones, agents `slower`, with 2 % of noise from run to run."""
    rows, units = builders.healthy()
    noise = np.exp(np.random.default_rng(number).normal(0, 0.02, len(rows)))
    for (key, values), factor in zip(rows.items(), noise, strict=True):
        if units.get(key, "ms") == "ms":
            rows[key] = values * factor
    rows["CHAT agent turn"] = rows["CHAT agent turn"] * slower
    started = f"2026-09-21T12:{number:02d}:00Z"
    facts = {
        "id": f"20260921-12{number:02d}00_load_abc1234",
        "started": started,
        "deployment": DeploymentFacts("v1", f"b{number:03d}"),
    }
    run = builders.info(**(facts | {"fingerprint": "f00d"} | changes))
    return builders.write_run(reports / run.id, rows, units, run)


def searched(reports: Path, number: int, low: int, high: int, **changes: object) -> Path:
    """The folder of search `number`: `low` users pass, `high` fail for want of sockets, `low` pass once more."""
    rows, units = builders.healthy(_SEARCH_SECONDS, low)
    whole = int(_SEARCH_SECONDS / 60)
    rows = {key: values if key.startswith("GAUGE") else np.tile(values, whole) for key, values in rows.items()}
    settle, hold = builders.info(seconds=_SEARCH_SECONDS).phases
    third = hold.seconds / 3
    phases = (
        replace(settle, part=SETTLE),
        Phase(f"step 1: {low}", hold.start, hold.start + third, low, False, STEP),
        Phase(f"step 2: {high}", hold.start + third, hold.start + 2 * third, high, False, STEP),
        Phase(f"confirmation of {low}", hold.start + 2 * third, hold.end, low, True, STEADY),
    )
    facts = {
        "id": f"20260921-12{number:02d}00_capacity_abc1234", "started": f"2026-09-21T12:{number:02d}:00Z",
        "deployment": DeploymentFacts("v1", f"b{number:03d}"), "scenario": "capacity", "fingerprint": "f00d", "duration": 530.0,
        "mix": share({"rest": 24, "chat": 12, "agent": 14}, low),
    }  # fmt: skip
    run = builders.info(low, _SEARCH_SECONDS, **(facts | changes))
    folder = builders.write_run(reports / run.id, rows, units, run)
    run_folder.write_info(folder, replace(run, phases=phases))
    return folder

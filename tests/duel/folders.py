"""Folders of duels made of known numbers."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from reznet_load.core import folder as run_folder
from reznet_load.core.phases.pairs import SIDES
from reznet_load.core.run import Caution
from reznet_load.core.settings.duel import DuelTerms
from tests.builders import Values, info, write_run

SECONDS = 300
TERMS = DuelTerms("7")
ROWS = {"CHAT agent turn": 1050.0, "CHAT first token": 250.0, "CHAT chunk gap": 20.0, "CHAT echo": 4.0, "CHAT ping": 1.5,
        "GET /api/agents": 3.0, "GET /health": 1.0}  # fmt: skip


def side(seed: int, factors: dict[str, float] | None = None, sd: float = 0.2) -> Values:
    """Five minutes of a side; `factors`: row -> how many times as long it takes."""
    rng = np.random.default_rng(seed)
    rows = {row: rng.lognormal(np.log(ms * (factors or {}).get(row, 1.0)), sd, 3000) for row, ms in ROWS.items()}
    seconds = np.ones(SECONDS)
    return rows | {
        "GAUGE loop lag": rng.uniform(0, 2, 20 * SECONDS),
        "GAUGE calibration error": rng.uniform(0, 1, 10 * SECONDS),
        "GAUGE late start": rng.uniform(0, 1, 10 * SECONDS),
        "GAUGE generator cpu": 30 * seconds,
        "GAUGE users": 50 * seconds,
    }


def write_duel(
    folder: Path,
    a: Values,
    b: Values,
    terms: DuelTerms = TERMS,
    interrupted: bool = False,
    cautions: tuple[Caution, ...] = (),
) -> Path:
    """A whole folder; `cautions` of A."""
    folder.mkdir(parents=True)
    (folder / run_folder.DUEL).write_text(json.dumps(asdict(terms)))
    for name, rows in zip(SIDES, (a, b), strict=True):
        run = info(seconds=SECONDS, id=f"{folder.name}.{name}", scenario="duel", interrupted=interrupted)
        run = replace(run, cautions=cautions if name == SIDES[0] else ())
        units = {"GAUGE generator cpu": "%", "GAUGE users": "users"}
        write_run(folder / name, rows, units, run)
    return folder

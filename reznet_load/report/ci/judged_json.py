"""Judged runs as JSON in the format of `judged.schema.json`: all rows and all verdicts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from reznet_load import __version__
from reznet_load.result.judged import JudgedRun, worst
from reznet_load.result.locust.run import CsvRun
from reznet_load.verdict.csv.judge_table import OUTCOMES

SCHEMA = 1


def to_json(runs: Sequence[JudgedRun], compared: Sequence[dict[str, Any]] = ()) -> str:
    """The text of the JSON: times in ms, shares in percent, null if there is no number.

    compared   the comparison of each run with another run
    """
    decides = worst(runs)
    data = {
        "schema": SCHEMA,
        "version": __version__,
        "outcome": decides.outcome,
        "exit_code": decides.exit_code,
        "runs": [_run(run) | ({"compared": compared[at]} if compared else {}) for at, run in enumerate(runs)],
    }
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _run(run: JudgedRun) -> dict[str, Any]:
    return {
        "name": run.name,
        "outcome": run.outcome,
        "exit_code": run.exit_code,
        "refused": run.refused or None,
        "requirements": run.source or None,
        "verdicts": [asdict(verdict) for verdict in run.verdicts],
        "cautions": [{"id": one.id, "text": one.text, "remedy": one.remedy} for one in run.cautions],
        **(_read(run, run.run) if run.run else {}),
    }


def _read(run: JudgedRun, read: CsvRun) -> dict[str, Any]:
    course = read.course
    return {
        "files": list(read.files),
        "format": read.format,
        "started": course.started.isoformat() if course else None,
        "seconds": course.length if course else None,
        "users": course.users if course else None,
        "ramp_seconds": course.ramp if course else None,
        "left_out_seconds": read.table.cut,
        "damage": [asdict(one) for one in read.damage],
        "failures": [{"row": one.key, "error": one.error, "count": one.count} for one in read.failed],
        "exceptions": [{"message": one.message, "count": one.count} for one in read.raised],
        "rows": _rows(run, read),
    }


def _rows(run: JudgedRun, read: CsvRun) -> list[dict[str, Any]]:
    table = read.table
    worst_of = run.rows if run.rows is not None else np.full(len(table.keys), -1)
    names = [f"p{100 * level:.8g}" for level in table.levels]
    columns = {
        "mean": table.mean,
        "min": table.minimum,
        "max": table.maximum,
        "median": table.median,
        "requests_per_s": table.rate,
    }
    listed = {name: _plain(values) for name, values in columns.items()}
    quantiles = [_plain(values) for values in table.columns]
    made = []
    for at, key in enumerate(table.keys):
        made.append(
            {
                "row": key,
                "total": at == table.total,
                "line": int(table.lines[at]) or None,
                "outcome": OUTCOMES[worst_of[at]] if worst_of[at] >= 0 else None,
                "requests": int(table.requests[at]),
                "failures": int(table.failures[at]),
                **{name: values[at] for name, values in listed.items()},
                "percentiles": dict(zip(names, quantiles[at], strict=True)),
            }
        )
    return made


def _plain(values: np.ndarray) -> list[float | None]:
    return [None if value != value or value in (np.inf, -np.inf) else value for value in values.tolist()]

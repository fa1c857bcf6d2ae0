"""POOLING.md in the reports folder: compares runs of the same load with several sizes of the connection pool."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateError

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.nfr import Requirements
from reznet_load.core.rows import CHUNK_GAP, DB_ACTIVE, DB_CONNECTIONS
from reznet_load.core.run import INVALID, MARKS, RunResult, Verdict
from reznet_load.core.units import format_value
from reznet_load.report.parts.target_counters import pool_waits
from reznet_load.report.render import environment
from reznet_load.report.view import View, totals
from reznet_load.result.pooled import PooledRun, read_pooled
from reznet_load.verdict.capacity.pools import PoolChoice, PoolTrial, choose
from reznet_load.verdict.judgement import Judgement

FILE, TEMPLATE = "POOLING.md", "pooling.md.j2"
_VERDICTS = {"API p95": "api_p95", "database p95": "db_query_p95", "error rate": "error_rate"}
# Values that the pool can change for users. The probe's queries do not go through the pool.
_COMPARED = ("API p95", "message page p95", "error rate")


@dataclass(frozen=True, slots=True)
class TriedPool:
    """A size and the folder of its run; `folder` is None if there was no run, and `problem` says why."""

    size: int
    folder: Path | None
    problem: str = ""


def write(reports: Path, tried: list[TriedPool], command: str, templates: str = "") -> tuple[Path, PoolChoice]:
    """Write the comparison; returns its path and the choice of a size. Raises ConfigError if the template is wrong."""
    seen = [_seen(one) for one in tried]
    choice = choose([trial for trial, _ in seen])
    names = {"lines": [line for _, line in seen], "choice": choice, "command": command, "made": run_folder.now()}
    try:
        text = environment(templates).get_template(TEMPLATE).render(names)
    except TemplateError as error:
        raise ConfigError(f"template {TEMPLATE}: {error}") from None
    reports.mkdir(parents=True, exist_ok=True)
    run_folder.write_text(reports / FILE, text.rstrip() + "\n")
    return reports / FILE, choice


def _seen(one: TriedPool) -> tuple[PoolTrial, dict[str, str]]:
    """(the values of a size that are compared, its line of the table)."""
    run = read_pooled(one.folder) if one.folder is not None else None
    if run is None:
        line = dict.fromkeys(("users", *_VERDICTS, "message page p95", "rate", "used", "waiting"), "-")
        return PoolTrial(one.size, usable=False), line | {"size": str(one.size), "run": one.problem or "no run"}
    result = run.result
    measures = {name: _of_verdict(result, id) for name, id in _VERDICTS.items()}
    measures["message page p95"] = run.page
    known = {name: found for name, found in measures.items() if found is not None}
    waits = pool_waits(result.info)
    usable = result.outcome not in INVALID and any(name in known for name in _COMPARED)
    trial = PoolTrial(
        one.size, {name: known[name] for name in _COMPARED if name in known}, waits and waits.queued_percent, usable
    )
    return trial, _line(one, run, measures, waits.text if waits else "the target does not say")


def _line(one: TriedPool, run: PooledRun, measures: dict[str, Judgement | None], waiting: str) -> dict[str, str]:
    result, view = run.result, View(run.result, Requirements((), {}), {})
    seconds = sum(phase.seconds for phase in result.info.phases if phase.judged)
    cells = {name: _cell(found) for name, found in measures.items()}
    return cells | {
        "size": str(one.size),
        "run": f"`{result.info.id}`" + (f" ({result.outcome})" if result.outcome in INVALID else ""),
        "users": str(result.info.users),
        "rate": totals([row for row in view.users_rows() if row.key != CHUNK_GAP.key], seconds)["rate"],
        "used": _used(view),
        "waiting": waiting,
    }


def _cell(found: Judgement | None) -> str:
    if found is None:
        return "-"
    if found.value is None:
        return f"{MARKS[found.outcome]}: {found.reason}"
    text = f"{MARKS[found.outcome]} {format_value(found.value, found.unit)}"
    if found.low is None or found.high is None:
        return text
    return f"{text} ({format_value(found.low, found.unit)} to {format_value(found.high, found.unit)})"


def _used(view: View) -> str:
    """Sessions of PostgreSQL from readings each second: most open sessions, and most that ran or held a transaction."""
    total, active = view.row(DB_CONNECTIONS.key), view.row(DB_ACTIVE.key)
    if total is None or total.maximum is None:
        return "-"
    at_work = f", at most {active.maximum:.0f} at work" if active and active.maximum is not None else ""
    return f"{total.maximum:.0f} open{at_work}"


def _of_verdict(result: RunResult, id: str) -> Judgement | None:
    """The judged value of a verdict; None if it was not measured."""
    found: Verdict | None = next((one for one in result.verdicts if one.id == id), None)
    if found is None or (found.value is None and found.outcome != "fail"):
        return None
    return Judgement(
        found.outcome, found.value, found.unit, found.n, found.row, found.phase, found.low, found.high, found.reason
    )

"""Everything the template names: header, summary, result blocks, tables; values already written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.measurement import Row
from reznet_load.core.profile import STEADY
from reznet_load.core.run import MARKS, SUITE
from reznet_load.core.units import format_value
from reznet_load.report import outcome  # fmt: skip
from reznet_load.report.header import header
from reznet_load.report.lines import LARGE_USERS, NO_LOAD, beside, row, row_of, status, summary, tried_large
from reznet_load.report.sections import (
    behaviour,
    checked_patterns,
    costs,
    findings,
    outages,
    providers,
    server_findings,
    streaming,
)
from reznet_load.report.sections.processes import by_phase
from reznet_load.report.sections.run_history import history
from reznet_load.report.view import View, ms, remedied, totals, worst_of
from reznet_load.result import operations

# The classes of `reznet_load.suite.test_performance`, in the document's order of sections.
TEST_CLASSES = (
    "TestAgentResponseTime", "TestDatabaseQueryPerformance", "TestTimeToFirstByte", "TestCachePerformance",
    "TestAPIEndpointPerformance", "TestStreamingPerformance",
)  # fmt: skip
_NO_LARGE = "no run with 100 users of this target yet: make load USERS=100 DURATION=120s"
_MENTION = re.compile(r"(?<![`\w])@[\w-]+")  # an agent's name; where issues are tracked it would call an account


def document(view: View) -> dict[str, Any]:
    """The names of `results.md.j2`."""
    result, info = view.result, view.result.info
    report, of_suite = view.requirements.report, info.scenario == SUITE
    return header(view) | {
        "info": info,
        "report": report,
        "issue": report.get("issue", "-"),
        "outcome": result.outcome.upper(),
        "outcome_text": outcome.text(view),
        "question": outcome.question(view),
        "answers": outcome.answers(view),
        "exit_code": result.exit_code,
        "summary": summary(view),
        "cautions": remedied(result.cautions),
        "deviations": view.requirements.deviations,
        "status": lambda *nfrs: status(view, *nfrs),
        "run": info.id,
        # CSVs of another project are wherever they were.
        "folder": str(run_folder.home_of(Path("reports"), info.target) / info.id) if info.started else info.id,
        "what": "performance suite, one user and no load" if of_suite else f"{info.scenario}, {info.users} users",
        "load_status": _load_status(view),
        "locustfile": "load" if of_suite else info.scenario,
        "of_suite": of_suite,
        "test_classes": TEST_CLASSES,
        "block": lambda key: _block(view, key),
        "chunks": _chunks(view),
        "standard": _standard(view),
        "large": _large(view),
        "rows": [] if of_suite else [row_line(row) for row in view.users_rows()],
        "steps": [behaviour.step_line(step) for step in result.steps],
        "behaviour": [behaviour.line(verdict) for verdict in result.behaviour],
        "phases": [_phase_line(view, phase) for phase in info.phases],
        "other_requirements": beside(view),
        "history": history(view),
        "issues": findings.known_issues(view),
        "opportunities": findings.opportunities(view),
        "immediate": findings.immediate(view),
        "long_term": findings.long_term(view),
        "findings": result.findings,
        "looked_for": checked_patterns.everything(view),
        "notes": {topic: _MENTION.sub(r"`\g<0>`", text) for topic, text in info.notes.items()},
        "operations": [_operations(kept) for kept in view.operations],
        "gauges": [] if of_suite else [row_line(row) for row in view.judged if _of_generator(row)],
        "resources": [row_line(row) for row in view.judged if row.key.startswith("GAUGE") and _beneath(row)],
        "process_phases": by_phase(view),
        "plans": server_findings.plans(view),
        "statements": server_findings.statements(view),
        "cache": server_findings.cache(view),
        "outages": outages.lines(view),
        "outage_rows": outages.rows(view),
        "providers": providers.asked(view),
        "side_by_side": providers.side_by_side(view),
        "streaming": streaming.figures(view),
        "streams": streaming.columns(view),
        "stream_lines": streaming.table(view),
        "costs": costs.table(view),
        "networks": providers.over_networks(view),
        "last_updated": info.ended or info.started or "unknown",
        "next_review": report.get("next_review", "-"),
        "count": len(view.requirements.nfrs),
    }


def _operations(kept: operations.Kept) -> dict[str, Any]:
    title = f"{kept.row} ({', '.join(kept.requirements)})"
    return {"title": title, "lines": operations.table(kept)}


def _of_generator(row: Row) -> bool:
    """Is it the generator's own, or of its sockets?"""
    return row.key.startswith("GAUGE") and not _beneath(row)


def _beneath(row: Row) -> bool:
    """Is it of the system under test, not of the generator?"""
    return row.key.split(" ")[1] in ("target", "postgres", "redis", "database", "cache")


def block(row: Row | None) -> dict[str, str]:
    """The fields of a result block; every one is there, `-` where nothing was measured."""
    names = ("mean", "p50", "p95", "p99", "minimum", "maximum")
    if row is None:
        return dict.fromkeys(names, "-") | {"n": "0", "failed": "-"}
    values = {name: format_value(getattr(row, name), row.unit) for name in names}
    return values | {"n": str(row.count), "failed": str(row.failures)}


def _block(view: View, key: str) -> dict[str, str]:
    """A result block with its run, and what the suite measured of the same where the block is of another run."""
    found, run = row(view, key)
    suite, alone = view.context["suite"], ""
    if suite is not None and run != suite["run"] and (own := row_of(suite, key)) is not None:
        cells = block(own)
        names = ("mean",) if own.unit == "%" else ("mean", "p50", "p95")  # a share has no quantiles
        told = ", ".join(f"{name} {cells[name]}" for name in names if cells[name] != "-")
        alone = f"{told}, n = {cells['n']} (run {suite['run']})"
    several = run == view.result.info.id and len(view.judged_phases) > 1
    where = f"{run}, {view.main.name}" if several and view.main else run or _missing(view, key)
    return block(found) | {"run": where, "alone": alone}


def _missing(view: View, key: str) -> str:
    """Why no run has the row `key`."""
    pending = (
        v.reason for nfr in view.requirements.nfrs if nfr.matches(key) and (v := view.verdict(nfr.id)) and not v.row
    )
    return f"⏳ {providers.missing(view, key) or next(pending, 'not measured yet')}"


def row_line(row: Row) -> dict[str, str]:
    """A line of the rows table."""
    rate = "-" if row.rate is None else f"{row.rate:.1f}"
    errors = "; ".join(f"{count} × {text}" for text, count in row.errors.items()) or "-"
    return block(row) | {"key": row.key, "rate": rate, "intended": ms(row.intended), "errors": errors}


def _chunks(view: View) -> str:
    found, _ = row(view, "COUNT reply chunks")
    return format_value(found.mean * found.count, "count") if found and found.mean is not None else "-"


def _load_block(rows: list[Row], seconds: float, run: str, users: int) -> dict[str, str]:
    """The load figures of section 6; a reply's first token and gaps are parts of its turn, no requests of their own."""
    rows = [row for row in rows if row.key not in ("CHAT chunk gap", "CHAT first token")]
    found = totals(rows, seconds) | {"run": run, "users": str(users)}
    return found | {column: worst_of(rows, column) for column in ("p50", "p95", "p99")}


def _own(view: View) -> dict[str, str]:
    info = view.result.info
    if (main := view.main) is None:
        return _load_block([], 0.0, info.id, info.users)
    return _load_block(view.users_rows(), main.seconds, info.id, main.users or info.users)


def _expected(view: View) -> dict[str, str] | None:
    """The judged phase with fewest users, of a run with several: what was expected before there were more."""
    info = view.result.info
    phases = [phase for phase in info.phases if phase.judged and phase.part == STEADY and phase.users < LARGE_USERS]
    if not phases:
        return None
    first = min(phases, key=lambda phase: phase.users)
    return _load_block(view.users_rows(first), first.seconds, info.id, first.users)


def _from_context(entry: dict[str, Any] | None, users: int, missing: str) -> dict[str, str]:
    if entry is None:
        names = ("total", "ok", "failed", "error_rate", "rate", "p50", "p95", "p99")
        return dict.fromkeys(names, "-") | {"run": f"⏳ {missing}", "users": str(users)}
    rows = [Row(**row) for row in entry["rows"]]
    users_rows = [row for row in rows if row.key.split(" ")[0] not in ("GAUGE", "COUNT", "PROBE")]
    return _load_block(users_rows, entry["seconds"], entry["run"], entry["users"])


def _standard(view: View) -> dict[str, str]:
    info, load = view.result.info, view.context["load"]
    if info.users < LARGE_USERS and info.scenario != SUITE:
        return _own(view)
    return (None if load else _expected(view)) or _from_context(load, 50, NO_LOAD)


def _large(view: View) -> dict[str, str]:
    return _own(view) if tried_large(view) else _from_context(view.context["large"], LARGE_USERS, _NO_LARGE)


def _load_status(view: View) -> str:
    """Of section 6: what one user shows says nothing about it."""
    if view.result.info.scenario == SUITE and not (view.context["load"] or view.context["large"]):
        return f"{MARKS['pending']} ({NO_LOAD})"
    return status(view, "concurrent_users", "error_rate", "websocket_latency_p95")


def _phase_line(view: View, phase: Any) -> dict[str, str]:
    start = f"{phase.start - (view.result.info.origin or phase.start):.0f} s"
    judged = "judged" if phase.judged else "not judged"
    return {
        "name": phase.name,
        "start": start,
        "seconds": f"{phase.seconds:.0f} s",
        "users": str(phase.users),
        "judged": judged,
    }

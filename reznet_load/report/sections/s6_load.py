"""Section 6: the figures of all users together and for each number of users, the generator, and the backend."""

from __future__ import annotations

from typing import Any

from reznet_load.core.measured.measurement import Row
from reznet_load.core.phases.outages import SCENARIO as FAILURES
from reznet_load.core.phases.outages import outages
from reznet_load.core.profile import STEADY
from reznet_load.core.rows import CALIBRATION_ERROR, GENERATOR_CPU, LOOP_LAG, TARGET_CPU, named
from reznet_load.core.run import INVALID, MARKS, SUITE
from reznet_load.core.units import format_value
from reznet_load.report.lines import NO_LOAD, beside, status, tried_large
from reznet_load.report.parts.blocks import row_line
from reznet_load.report.parts.sentences import action_items, failures, margin, target, unmeasured, where_time_went
from reznet_load.report.sections import s6_steps
from reznet_load.report.view import View, ms, totals, worst_of
from reznet_load.result.context import OtherRun

_NFRS = ("concurrent_users", "error_rate", "websocket_latency_p95")
_PICTURES = ("users", "cpu")  # the other charts are in the executive summary
_STRESS, _SEARCH = "stress", "capacity"


def names(view: View) -> dict[str, Any]:
    """The values for the templates `s6_load.md.j2` and `s6_steps.md.j2`."""
    of_suite = view.result.info.scenario == SUITE
    return s6_steps.names(view) | {
        "locustfile": "load" if of_suite else view.result.info.scenario,
        "target": target(view, *_NFRS),
        "status": _status(view),
        "standard": _standard(view),
        "large": _large(view),
        "large_of": _large_of(view),
        "pictures": [one for one in view.pictures if one.name in _PICTURES],
        "rows": [] if of_suite else [row_line(row) for row in view.users_rows()],
        "other_requirements": beside(view),
        "analysis": _analysis(view),
        "actions": action_items(*_items(view)),
    }


def _status(view: View) -> str:
    """The status of the section; Pending for a run of the suite, which has one user and does not test load."""
    if view.result.info.scenario == SUITE and not view.context.latest("load", "large"):
        return f"{MARKS['pending']}: {NO_LOAD}"
    return status(view, *_NFRS)


def _block(rows: list[Row], seconds: float, run: str, users: int) -> dict[str, str]:
    """The figures of all rows. The first token and the gaps of a reply are parts of its turn and not counted as requests."""
    rows = [row for row in rows if named(row.key).is_request]
    found = totals(rows, seconds) | {"run": run, "users": str(users)}
    found["error_rate"] += _worst_share(rows)
    return found | {column: worst_of(rows, column) for column in ("p50", "p95", "p99")}


def _worst_share(rows: list[Row]) -> str:
    """The row with the largest share of failures, as the end of a sentence; "" if no operation failed.

    This share is judged, because the error rate of all requests would hide it.
    """
    worst = max(rows, key=lambda row: row.error_rate or 0.0, default=None)
    if worst is None or not worst.error_rate or len(rows) == 1:
        return ""
    return f" of all requests; {format_value(worst.error_rate, '%')} of {worst.key}"


def _own(view: View) -> dict[str, str]:
    info = view.result.info
    if (main := view.main) is None:
        return _block([], 0.0, info.id, info.users)
    return _block(view.users_rows(), main.seconds, info.id, main.users or info.users)


def _expected(view: View) -> dict[str, str] | None:
    """The figures of the judged phase with the fewest users; None if no steady phase is below the expected users."""
    info, most = view.result.info, view.requirements.expected_users
    phases = [phase for phase in info.phases if phase.judged and phase.part == STEADY and phase.users < most]
    if not phases:
        return None
    first = min(phases, key=lambda phase: phase.users)
    return _block(view.users_rows(first), first.seconds, info.id, first.users)


def _from_context(other: OtherRun | None, users: int, missing: str) -> dict[str, str]:
    if other is None:
        names = ("total", "ok", "failed", "error_rate", "rate", "p50", "p95", "p99")
        return dict.fromkeys(names, "-") | {"run": f"⏳ {missing}", "users": str(users)}
    users_rows = [row for row in other.rows if named(row.key).is_operation]
    return _block(users_rows, other.seconds, other.run, other.users)


def _standard(view: View) -> dict[str, str]:
    info, load = view.result.info, view.context.load
    if info.users < view.requirements.expected_users and info.scenario != SUITE:
        return _own(view)
    return (None if load else _expected(view)) or _from_context(load, 50, NO_LOAD)


def _large(view: View) -> dict[str, str]:
    users = view.requirements.expected_users
    missing = f"no run with {format_value(users, 'users')} yet: {_large_command(users)}"
    return _own(view) if tried_large(view) else _from_context(view.context.large, users, missing)


def _large_of(view: View) -> str:
    """Which run fills the block with the expected users."""
    if tried_large(view):
        return "results of this run."
    users = format_value(view.requirements.expected_users, "users")
    stress = (
        "" if view.result.info.scenario == _STRESS else ". `make stress` is another run, with a document of its own"
    )
    return (
        f"the latest `make load` with {users} or more, which the template of this document calls a stress test{stress}."
    )


def _large_command(users: int) -> str:
    return f"make load USERS={users} DURATION=120s"


def _analysis(view: View) -> list[str]:
    found = margin(view, "websocket_latency_p95") + where_time_went(view, "websocket_latency_p95")
    cpu, lag = view.row(GENERATOR_CPU.key), view.row(LOOP_LAG.key)
    if cpu and lag and cpu.mean is not None:
        text = f"The generator used {cpu.mean:.0f} % of a core. Its timers were {ms(lag.p99)} late (p99)"
        added = view.row(CALIBRATION_ERROR.key)
        own = f" In 95 % of cases it added {ms(added.p95)} or less to a measured time." if added else ""
        found.append(f"{text}.{own}")
    found += failures(view, [row for row in view.users_rows() if not named(row.key).is_rest])
    return found or unmeasured(view, *_NFRS)


def _items(view: View) -> list[tuple[bool, str]]:
    """(done, text) for each run that this section needs.

    A search does not count, because it holds no load for long. Void and interrupted runs do not count either.
    """
    info = view.result.info
    load = view.context.load
    valid = view.result.outcome not in INVALID
    users = view.requirements.expected_users
    large = (valid and tried_large(view)) or view.context.large is not None
    if valid and info.scenario not in (SUITE, _SEARCH):
        held = f" ({info.scenario}, {info.users} users)"
    else:
        held = f" (run {load.run})" if load else ""
    stressed = (valid and info.scenario == _STRESS) or _ran(view, _STRESS)
    cut = (valid and bool(outages(info.phases))) or _ran(view, FAILURES)
    return [
        (bool(held), f"Run a load test{held or ': make load'}"),
        (view.row(TARGET_CPU.key) is not None, "Monitor resource usage (CPU, memory, connections)"),
        (large, f"Try {format_value(users, 'users')}" + ("" if large else f": {_large_command(users)}")),
        (stressed, "Verify graceful degradation under stress" + ("" if stressed else ": make stress")),
        (cut, "Test failure modes and recovery" + ("" if cut else ": make failures")),
    ]


def _ran(view: View, scenario: str) -> bool:
    """Does the document know a valid earlier run of `scenario`?"""
    return any(one.scenario == scenario and one.outcome not in INVALID for one in view.context.history)


def open_items(view: View) -> list[str]:
    """The runs that this section still needs."""
    return [text for done, text in _items(view) if not done]

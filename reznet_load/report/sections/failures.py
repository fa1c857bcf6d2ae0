"""The section “Failure and recovery”: what happened while a part was cut off, and how long the recovery took."""

from __future__ import annotations

from typing import Any

from reznet_load.core.failed.failure_kinds import kind_of
from reznet_load.core.measured.measurement import Row
from reznet_load.core.phases.outages import BEFORE, Outage, outages
from reznet_load.core.rows import named
from reznet_load.core.run import Verdict
from reznet_load.core.units import format_duration, format_value
from reznet_load.report.view import View, ms
from reznet_load.verdict.beyond.recovery import CONSECUTIVE, PASS_SECONDS, WINDOW_SECONDS


def names(view: View) -> dict[str, Any]:
    """The values for the template `failures.md.j2`."""
    target = (
        f"as before within {PASS_SECONDS:.0f} s of the part's return: the first of {CONSECUTIVE} consecutive windows of "
        f"{WINDOW_SECONDS:.0f} s with every p95 and error rate in target"
    )
    return {"target": target, "outages": lines(view), "outage_rows": rows(view)}


def lines(view: View) -> list[dict[str, str]]:
    """A line for each part that was cut off."""
    return [_line(view, one) for one in outages(view.result.info.phases)]


def _line(view: View, one: Outage) -> dict[str, str]:
    rows = _users_rows(view, one.gone.name)
    failed, total = sum(row.failures for row in rows), sum(row.total for row in rows)
    verdict = view.verdict(f"recovery_{one.part}")
    return {
        "part": one.name[0].upper() + one.name[1:],
        "gone": format_duration(round(one.gone.seconds, 1)),
        "how": view.result.info.notes.get(one.gone.name, "-"),
        "failed": f"{failed} of {total} ({format_value(100 * failed / total, '%')})" if total else "nothing was sent",
        "answered": _answered(rows) or "nothing failed",
        "status": verdict.mark if verdict else "-",
        "recovery": _soon(verdict),
        "reason": verdict.reason if verdict else "-",
    }


def _soon(verdict: Verdict | None) -> str:
    if verdict is None or verdict.value is None:
        return "not seen"
    return format_duration(verdict.value / 1000) if verdict.value else "at once"


def _answered(rows: list[Row]) -> str:
    """The shares of the kinds of failure, the largest first."""
    kinds: dict[str, int] = {}
    for row in rows:
        for text, count in row.errors.items():
            kinds[kind_of(text).how] = kinds.get(kind_of(text).how, 0) + count
    whole = sum(kinds.values())
    ordered = sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{format_value(100 * count / whole, '%')} {kind}" for kind, count in ordered)


def rows(view: View) -> list[dict[str, str]]:
    """Lines that compare each row during each outage with the time before: failures by kind, or no operation at all."""
    before = {row.key: row for row in _users_rows(view, BEFORE)}
    found = []
    for one in outages(view.result.info.phases):
        during = {row.key: row for row in _users_rows(view, one.gone.name)}
        for key in sorted(before.keys() | during.keys()):
            found.append(_row(one, key, before.get(key), during.get(key)))
    return found


def _row(one: Outage, key: str, before: Row | None, during: Row | None) -> dict[str, str]:
    errors = during.errors if during else {}
    silent = "nothing was sent: its users were waiting" if during is None else "-"
    return {
        "part": one.name,
        "key": key,
        "failed": f"{during.failures} of {during.total}" if during else "-",
        "how": "; ".join(f"{count} × {text}" for text, count in errors.items()) or silent,
        "p95": ms(during.p95 if during else None),
        "before": ms(before.p95 if before else None),
    }


def _users_rows(view: View, phase: str) -> list[Row]:
    return [row for row in view.result.rows if row.phase == phase and named(row.key).is_request]

"""Says whether the load causes a failure: compares it with runs and steps that had fewer users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reznet_load.core.run import INVALID, Verdict
from reznet_load.core.text.next_command import next_command
from reznet_load.core.units import format_value
from reznet_load.history.line import HistoryLine
from reznet_load.report.view import View
from reznet_load.verdict.judgement import FEWEST
from reznet_load.verdict.rules import FAILED_SHARE

_ERRORS = "error_rate"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was measured with fewer users.

    where   the run or the step, in words
    bad     it failed there too
    text    the numbers
    """

    users: int
    where: str
    bad: bool
    text: str


def of_row(view: View, row: str, unknown: bool = True) -> str:
    """A sentence on the failures of `row`. Without a run with fewer users: a sentence that says so if `unknown`, else ""."""
    answer = _sentence([*_steps(view, row), *_others(view, row), *_errors_of_history(view, row)])
    return answer or (_unknown(view) if unknown else "")


def of_verdict(view: View, verdict: Verdict) -> str:
    """A sentence on a requirement whose value misses its limit; "" if no run with fewer users measured the value.

    The error rate has no such sentence: `of_row` has its row.
    """
    if verdict.id == _ERRORS:
        return ""
    return _sentence(list(_values_of_history(view, verdict.id)))


def _unknown(view: View) -> str:
    smoke = next_command(view.result.info, "make smoke", "smoke", users="5", duration="30s")
    return (
        f"Whether the load causes it is not known: no run of this target with fewer users was kept ({smoke} makes one)."
    )


def _sentence(seen: list[_Seen]) -> str:
    """The sentence names the fewest users with which it also fails, or else the most users with which it does not."""
    bad = sorted((one for one in seen if one.bad), key=lambda one: one.users)
    if bad:
        return f"Load is ruled out as the only cause: with {_users(bad[0])} ({bad[0].where}) {bad[0].text} as well."
    if seen:
        most = max(seen, key=lambda one: one.users)
        return f"Load is not ruled out: with {_users(most)} ({most.where}) {most.text}."
    return ""


def _users(seen: _Seen) -> str:
    return format_value(seen.users, "users")


def _failed(where: str, users: int, failed: int, total: int) -> Iterator[_Seen]:
    """What a run with fewer users showed; nothing if it had too few operations for "does not fail"."""
    bad = failed >= FEWEST and failed >= FAILED_SHARE * total
    if bad or total >= FEWEST:
        yield _Seen(users, where, bad, f"{failed} of {total} failed")


def _most(view: View) -> int:
    return (view.main.users if view.main else 0) or view.result.info.users


def _steps(view: View, row: str) -> Iterator[_Seen]:
    """What judged phases of this run with fewer users than the main phase showed."""
    for phase in view.judged_phases:
        if 0 < phase.users < _most(view):
            for one in view.of(phase):
                if one.key == row:
                    yield from _failed(f"{phase.name} of this run", phase.users, one.failures, one.total)


def _others(view: View, row: str) -> Iterator[_Seen]:
    """What the latest smaller load run and the suite showed, if their target had the same options."""
    alike = {line.run for line in _smaller(view)}
    for _, other in view.context.latest("load", "suite"):
        found = other.row(row)
        if found is not None and other.run in alike:
            yield from _failed(f"run {other.run}", other.users, found.failures, found.total)


def _errors_of_history(view: View, row: str) -> Iterator[_Seen]:
    """What the history shows. A line has only the share of the row that failed most, which bounds other rows."""
    for line in _smaller(view):
        worst = line.value_of(_ERRORS)
        if worst.value is None:
            continue
        share = format_value(worst.value, "%")
        if worst.row == row:
            yield from _failed(f"run {line.run}", line.users, round(worst.value * worst.n / 100), worst.n)
        elif worst.value < 100 * FAILED_SHARE:
            yield _Seen(line.users, f"run {line.run}", False, f"no row failed more than {share}")


def _values_of_history(view: View, id: str) -> Iterator[_Seen]:
    for line in _smaller(view):
        found = line.value_of(id)
        if found.value is not None and (found.outcome in ("pass", "fail") or _within(view, id, found.value)):
            bad, value = found.outcome == "fail", format_value(found.value, found.unit)
            yield _Seen(line.users, f"run {line.run}", bad, f"it failed with {value}" if bad else f"it was {value}")


def _within(view: View, id: str, value: float) -> bool:
    """Does `value` meet the limit of the requirement? The number of samples is not considered."""
    return any(nfr.id == id and nfr.limit.holds(value) for nfr in view.requirements.nfrs)


def _smaller(view: View) -> list[HistoryLine]:
    """Valid runs with fewer users, and with the same target, dialect, options and (if both have one) backend commit."""
    facts = view.result.info.deployment
    return [
        line
        for line in view.context.history
        if line.outcome not in INVALID
        and line.users < _most(view)
        and (line.dialect, line.options) == (facts.dialect, facts.options)
        and (line.backend_commit or facts.commit) == (facts.commit or line.backend_commit)
    ]

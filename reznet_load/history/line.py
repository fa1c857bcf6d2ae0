"""The line of a run in the history, as a record. Only this module reads lines from JSON and writes them as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reznet_load.core.rows import current
from reznet_load.core.run import MARKS
from reznet_load.core.units import UNITS

_TEXTS = ("run", "time", "scenario", "target", "fingerprint", "outcome")
_LATER_TEXTS = ("cpu", "cores", "dialect", "options", "backend_commit", "commit")  # not in lines of every version
_NUMBERS = ("value", "low", "high", "n", "n_eff", "percent")
_SIGNS = ("", "~", "▲", "▼")


@dataclass(frozen=True, slots=True)
class HistoryValue:
    """One requirement's value in a run, or one result of a search.

    value, low, high    in `unit`, with the two-sided 90 % interval; None if not measured, or if a bound is not known
    n, n_eff            number of samples, and how many independent samples they are worth; None if not computed
    row                 the row that decided; None for results of a search, and in lines that kept no rows
    outcome             outcome of the verdict; "" if there was no verdict
    sign, percent       the change against comparable earlier runs when the run ended
    at_least            True only for a search: the value is a lower bound
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    n_eff: float | None = None
    unit: str = "ms"
    row: str | None = None
    outcome: str = ""
    sign: str = ""
    percent: float | None = None
    at_least: bool = False


NOT_MEASURED = HistoryValue(None)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """What the history keeps of a run: time, scenario, environment, and each requirement's value and verdict.

    users         the largest number of users; for a search the number that it found
    judged        the numbers of users in the judged phases
    search        longest duration of a search in seconds; 0 if the run was not a search
    first_token   mean first token of users in the worst judged phase, in ms, whichever row decided `ttfb_mean`
    stopped       True: --stop-on-fail ended the run early
    values        requirement id -> value; for a search the id of each result -> value
    """

    run: str
    time: str
    scenario: str
    target: str
    users: int
    fingerprint: str
    outcome: str
    judged: tuple[int, ...] = ()
    mix: Mapping[str, int] = field(default_factory=dict)
    cpu: str = ""
    cores: str = ""
    dialect: str = ""
    options: str = ""
    backend_commit: str = ""
    commit: str = ""
    dirty: bool = False
    search: float = 0.0
    first_token: float | None = None
    stopped: bool = False
    values: Mapping[str, HistoryValue] = field(default_factory=dict)

    @property
    def void(self) -> bool:
        """Was the generator the bottleneck?"""
        return self.outcome == "void"

    def value_of(self, id: str) -> HistoryValue:
        """The value of the requirement `id`; `NOT_MEASURED` if the line does not have the requirement."""
        return self.values.get(id, NOT_MEASURED)


def to_dict(line: HistoryLine) -> dict[str, Any]:
    """`line` as an object of `history.jsonl`, `baseline.json` and `context.json`."""
    return {
        "run": line.run,
        "time": line.time,
        "scenario": line.scenario,
        "target": line.target,
        "users": line.users,
        "judged": list(line.judged),
        "mix": dict(line.mix),
        "fingerprint": line.fingerprint,
        "cpu": line.cpu,
        "cores": line.cores,
        "dialect": line.dialect,
        "options": line.options,
        "backend_commit": line.backend_commit,
        "commit": line.commit,
        "dirty": line.dirty,
        "outcome": line.outcome,
        "void": line.void,
        "search": line.search,
        "first_token": line.first_token,
        **({"stopped": True} if line.stopped else {}),
        "values": {id: _value_to_dict(value) for id, value in line.values.items()},
    }


def _value_to_dict(value: HistoryValue) -> dict[str, Any]:
    outcome = {"outcome": value.outcome} if value.outcome else {}
    numbers = {"value": value.value, "low": value.low, "high": value.high, "n": value.n, "n_eff": value.n_eff}
    sign = {"sign": value.sign, "percent": value.percent}
    if value.row is None:
        return {**numbers, "unit": value.unit, **sign, "at_least": value.at_least, **outcome}
    return {**outcome, **numbers, "unit": value.unit, "row": value.row, **sign}


def from_dict(data: Any) -> HistoryLine:
    """The line from an object of this or an earlier version; a key of a later version is ignored.

    Raises ValueError saying which key is missing or of the wrong type.
    """
    if not isinstance(data, dict):
        raise ValueError(f"read {type(data).__name__}, expected an object")
    texts = {name: _read(data, name, str, "text") for name in _TEXTS}
    texts |= {name: str(data[name]) for name in _LATER_TEXTS if data.get(name) is not None}
    values = _read(data, "values", dict, "an object of objects")
    if not all(isinstance(value, dict) for value in values.values()):
        raise ValueError(f"values read as {values!r:.40}, expected an object of objects")
    return HistoryLine(
        **texts,
        users=_read(data, "users", int, "a number"),
        judged=_judged(data.get("judged", [])),
        mix=_mix(data.get("mix")),
        dirty=bool(data.get("dirty")),
        search=_finite(data, "search", "seconds") or 0.0,
        first_token=_finite(data, "first_token", "milliseconds"),
        stopped=bool(data.get("stopped")),
        values={id: _value(id, value) for id, value in values.items()},
    )


def _read(data: dict[str, Any], name: str, kind: type, expected: str) -> Any:
    if not isinstance(data.get(name), kind):
        raise ValueError(f"{name} read as {data.get(name)!r:.40}, expected {expected}")
    return data[name]


def _finite(data: dict[str, Any], name: str, expected: str) -> float | None:
    number = data.get(name)
    if number is None or _is_finite(number):
        return number
    raise ValueError(f"{name} read as {number!r:.40}, expected {expected}")


def _is_finite(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)


def _judged(found: Any) -> tuple[int, ...]:
    if not isinstance(found, list) or not all(isinstance(users, int) for users in found):
        raise ValueError(f"judged read as {found!r:.40}, expected numbers of users")
    return tuple(found)


def _mix(found: Any) -> dict[str, int]:
    found = found or {}
    if not isinstance(found, dict) or not all(_is_finite(users) for users in found.values()):
        raise ValueError(f"mix read as {found!r:.40}, expected users by kind")
    return found


def _value(id: str, data: dict[str, Any]) -> HistoryValue:
    for name, known in (("unit", UNITS), ("sign", _SIGNS), ("outcome", MARKS)):
        if name in data and (not isinstance(data[name], str) or data[name] not in known):
            expected = ", ".join(filter(None, known))
            raise ValueError(f"{id}: {name} read as {data[name]!r:.40}, expected one of {expected}")
    for name in _NUMBERS:
        if data.get(name) is not None and not _is_finite(data[name]):
            raise ValueError(f"{id}: {name} read as {data[name]!r:.40}, expected a finite number")
    row = data.get("row")
    return HistoryValue(
        value=data.get("value"),
        low=data.get("low"),
        high=data.get("high"),
        n=int(data.get("n") or 0),
        n_eff=data.get("n_eff"),
        unit=data.get("unit", "ms"),
        row=current(row) if isinstance(row, str) else None,
        outcome=data.get("outcome", ""),
        sign=data.get("sign", ""),
        percent=data.get("percent"),
        at_least=bool(data.get("at_least")),
    )

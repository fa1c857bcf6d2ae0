"""The matrix as duels: A is healthy and B has one fault. B must be slower in the rows that the fault affects only."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.duel import DuelTerms
from reznet_load.core.settings.settings import Settings
from reznet_load.drive.duel import Contender, DuelProcesses, duel
from reznet_load.drive.selftest.cases import CASES, Case
from reznet_load.drive.selftest.duel_cases import DUEL_CASES, DuelCase

_SECONDS, _USERS = 90.0, 20  # six pairs of blocks, with enough CPU for two targets and a generator on two cores
_LONGER = 3  # factor for the duration of a second duel, which is made if the first is not as expected
_COMMON = "--messages 5000"
# p for rows that the fault does not affect: with the usual 5 %, 30 duels of equal sides would give one or two alarms.
_SURELY = 0.01


def selftest_duel(settings: Settings, names: list[str], dialects: tuple[str, ...]) -> int:
    """Run a duel for each fault in each of `dialects`; returns 0 if all are as expected, else 1.

    names   faults to run; empty: all

    Raises ConfigError for an unknown name.
    """
    if unknown := [name for name in names if name not in DUEL_CASES]:
        raise ConfigError(f"selftest --duel: read {unknown[0]!r}, expected some of {', '.join(DUEL_CASES)}")
    chosen = [case for case in CASES if case.name in (names or DUEL_CASES)]
    lines = [(dialect, case) for dialect in dialects for case in chosen]
    print(f"{'dialect':<8} {'fault of B':<18} {'':<3} what the duel reported", flush=True)
    wrong = 0
    for dialect, case in lines:
        seconds = settings.duration or _SECONDS
        faults, said = _checked(case, replace(settings, duration=seconds), dialect)
        if faults:
            faults, said = _checked(case, replace(settings, duration=_LONGER * seconds), dialect)
        wrong += bool(faults)
        text = "; ".join(faults) if faults else said
        print(f"{dialect:<8} {case.name:<18} {'❌' if faults else '✅'}  {text}", flush=True)
    print(f"{len(lines) - wrong} of {len(lines)} as expected", flush=True)
    return 1 if wrong else 0


def _checked(case: Case, settings: Settings, dialect: str) -> tuple[list[str], str]:
    """(deviations from the case, what the duel found), both in words."""
    said = _tried(case, settings, dialect)
    return (said, "") if isinstance(said, list) else (check(DUEL_CASES[case.name], said), _found(said))


def _tried(case: Case, settings: Settings, dialect: str) -> dict[str, Any] | list[str]:
    """`result.json` of a duel with the fault in B; a list with the reason if the duel wrote none."""
    with tempfile.TemporaryDirectory(prefix="reznet-load-") as home:
        timeouts = replace(settings.timeouts, first_token=6.0, gap=4.0, request=5.0)
        own = replace(settings, reports=home, timeouts=timeouts, summary=False, ramp=3.0)
        own = replace(own, users=settings.users or _USERS)
        a, b = (Contender(own, f"{_COMMON} --dialect {dialect} {more}".rstrip()) for more in ("", case.target))
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            words = ["reznet-load", "selftest", "--duel", case.name]
            code = duel(a, b, DuelTerms(seed=case.name), DuelProcesses(), words, quiet=True)
        found = next(Path(home).glob("*/result.json"), None)
        if found is None:
            return [f"no result, exit {code}: {said.getvalue()[-300:]}"]
        return json.loads(found.read_text(encoding="utf-8"))


def check(case: DuelCase, data: Mapping[str, Any]) -> list[str]:
    """Each deviation of a duel's `result.json` from `case`, in words."""
    if data["outcome"] in ("void", "interrupted"):
        return [f"the duel is {data['outcome']}: " + "; ".join(c["text"] for c in data["cautions"] if c["void"])]
    changes = _changes(data)
    wrong = []
    for pattern in case.slower:
        meant = {name: one for name, one in changes.items() if fnmatchcase(name, pattern)}
        if not any(one["slower"] for one in meant.values()):
            seen = ", ".join(_said(name, one) for name, one in meant.items()) or f"no interval for {pattern}"
            wrong.append(f"not found slower: {seen}")
    for name, one in changes.items():
        if one["adjusted"] < _SURELY and not case.allows(name):
            wrong.append(f"found slower too: {_said(name, one)}")
    return wrong


def _said(name: str, change: Mapping[str, Any]) -> str:
    return f"{name} {change['estimate']:+.1f} {change['unit']}, adjusted p {change['adjusted']:.4f}"


def _changes(data: Mapping[str, Any]) -> dict[str, Any]:
    """Figure -> its change; figures without an interval are left out."""
    names = {"failed": "failures of {}"}
    return {names.get(row["figure"], "{}").format(row["row"]): row["change"] for row in data["rows"] if row["change"]}


def _found(data: Mapping[str, Any]) -> str:
    slower = {name: one for name, one in _changes(data).items() if one["slower"]}
    return (
        ", ".join(f"{name} {one['estimate']:+.0f} {one['unit']}" for name, one in slower.items()) or "nothing is slower"
    )

"""The pinned runs of `baseline.json` in the reports folder: one for each target, scenario, load and environment."""

from __future__ import annotations

import json
from pathlib import Path

from reznet_load.core.errors import ConfigError
from reznet_load.core.folder import write_text
from reznet_load.history.comparable import invalid, same_load, unlike
from reznet_load.history.line import HistoryLine, from_dict, to_dict
from reznet_load.history.store import locked

FILE = "baseline.json"


def read(reports: Path) -> list[HistoryLine]:
    """The pinned runs; [] if there are none. Raises ConfigError naming the file and what is wrong with it."""
    path = reports / FILE
    try:
        return [from_dict(line) for line in json.loads(path.read_text(encoding="utf-8"))["pinned"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ConfigError(
            f"{path}: not a file of pinned runs ({error}); remove it and pin again with `make baseline`"
        ) from None


def find(reports: Path, line: HistoryLine) -> tuple[HistoryLine | None, str]:
    """(the pinned run that `line` is compared with or None, why a pinned run is not used or "")."""
    near = [
        pin
        for pin in read(reports)
        if (pin.target, pin.scenario) == (line.target, line.scenario) and pin.run != line.run
    ]
    near = [pin for pin in near if same_load(line, pin)]
    refused = ""
    for pin in reversed(near):
        if not (reason := unlike(line, pin)):
            return pin, ""
        refused = refused or f"baseline {pin.run} is not used: {reason}"
    return None, refused


def pin(reports: Path, line: HistoryLine) -> HistoryLine | None:
    """Make `line` the reference for comparable runs; returns the pinned run that it replaces, or None.

    Raises ConfigError for an invalid run.
    """
    if reason := invalid(line):
        raise ConfigError(f"run {line.run} is {reason}: pin a run that measured the backend to its end")
    if not line.fingerprint:
        raise ConfigError(f"run {line.run} does not say in what environment it ran: pin a run of reznet-load")
    if not any(value.value is not None for value in line.values.values()):
        raise ConfigError(f"run {line.run} has no judged value: pin a run that measured something")
    with locked(reports):
        pins = read(reports)
        kept = [other for other in pins if unlike(line, other)]
        _write(reports, [*kept, line])
    return next((other for other in reversed(pins) if not unlike(line, other)), None)


def unpin(reports: Path, run: str) -> HistoryLine:
    """Remove the pin of the run named `run`; returns its line. Raises ConfigError if the run is not pinned."""
    with locked(reports):
        pins = read(reports)
        found = next((pin for pin in pins if pin.run == run), None)
        if found is None:
            names = ", ".join(pin.run for pin in pins) or "none"
            raise ConfigError(f"run {run} is not pinned in {reports / FILE}; pinned: {names}")
        _write(reports, [pin for pin in pins if pin is not found])
    return found


def _write(reports: Path, pins: list[HistoryLine]) -> None:
    write_text(
        reports / FILE,
        json.dumps({"pinned": [to_dict(pin) for pin in pins]}, ensure_ascii=False, indent=1, allow_nan=False) + "\n",
    )

"""Reads the files of a run into a CsvRun: the rows, and additions from the other files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from reznet_load.core.errors import ConfigError
from reznet_load.core.run import Caution
from reznet_load.result.locust import exceptions, failures, history, json_stats, legacy, stats
from reznet_load.result.locust.columns import DISTRIBUTION, EXCEPTIONS, FAILURES, HISTORY, REQUESTS
from reznet_load.result.locust.find import JSON, FoundRun, read_bytes
from reznet_load.result.locust.frame import Frame
from reznet_load.result.locust.run import Course, CsvRun
from reznet_load.result.locust.steady import without_ramp
from reznet_load.result.locust.text import CsvText, decode
from reznet_load.verdict.csv.table import CsvDamage, Table

T = TypeVar("T")
_LONG_RAMP = 0.2  # share of the run's length: a longer ramp-up affects a p95
_FORMATS = {
    JSON: "Locust's --json, with its own buckets of times",
    REQUESTS: "Locust 0.8 to 0.12: requests and distribution",
}


def read_run(found: FoundRun) -> CsvRun:
    """Read the run of `found`. Raises ConfigError if its rows cannot be read."""
    assert found.main is not None, found
    try:
        text = decode(read_bytes(found.main), str(found.main) if found.name != "stdin" else "stdin")
    except OSError as error:
        raise ConfigError(f"{found.main}: cannot be read ({error.strerror or error}); check its permissions") from None
    with_files = [found.main.name]
    cautions: list[Caution] = []
    readings: tuple[Table, ...]
    damage: tuple[CsvDamage, ...] = ()
    if found.kind == JSON or (found.name == "stdin" and json_stats.begins_like(text.text)):
        readings = (json_stats.read(text.text, str(found.main)),)
    else:
        readings, damage, said = _rows(found, text, with_files)
        cautions += said
    if found.asked:
        cautions.append(
            Caution("other_file", f"{found.asked}.", f"{found.main.name} next to it has the rows and was judged.")
        )
    failed = _beside(found, FAILURES, failures.read, cautions, with_files) or ()
    raised = _beside(found, EXCEPTIONS, exceptions.read, cautions, with_files) or ()
    lines = _beside(found, HISTORY, history.read, cautions, with_files)
    course = history.course(lines) if lines is not None else None
    if lines is not None and course is not None and not damage:
        readings = tuple(_steady(table, lines, course, cautions) for table in readings)
    kind = _FORMATS.get(found.kind, "Locust's stats with percentile columns")
    return CsvRun(found.name, tuple(with_files), kind, readings, damage, tuple(cautions), failed, raised, course)


def _steady(table: Table, lines: Frame, course: Course, cautions: list[Caution]) -> Table:
    """The steady part of the run, if its history allows that; else a caution if users were added for a long time."""
    cut = without_ramp(table, lines, course)
    if cut is not None:
        return cut
    if course.ramp > _LONG_RAMP * course.length:
        share = 100 * course.ramp / course.length
        text = f"Users were still being added in the first {share:.0f} % of the run, and the figures include that time."
        remedy = "Run longer, or with --csv-full-history: then the ramp-up is left out."
        cautions.append(Caution("ramp_up", text, remedy))
    return table


def _rows(found: FoundRun, text: CsvText, files: list[str]) -> legacy.Read:
    name = "stdin" if found.name == "stdin" else str(found.main)
    if found.kind != REQUESTS:
        table, damage, cautions = stats.read(text, name)
        return (table,), damage, cautions
    other = found.other(DISTRIBUTION)
    if other is None:
        return legacy.read(text, name, None, "")
    files.append(other.name)
    return legacy.read(text, name, decode(other.read_bytes(), str(other)), str(other))


def _beside(
    found: FoundRun, kind: str, read: Callable[[CsvText, str], T], cautions: list[Caution], files: list[str]
) -> T | None:
    """Read another file of the run; if it cannot be read, a caution says so and the run is judged without it."""
    path: Path | None = found.other(kind)
    if path is None or not path.stat().st_size:
        return None
    try:
        made = read(decode(path.read_bytes(), path.name), path.name)
    except (ConfigError, OSError) as error:
        cautions.append(Caution(f"no_{kind}", f"{error}.", "The run was judged without this file."))
        return None
    files.append(path.name)
    return made

"""Commands over earlier runs: list them, pin one as the reference, compare two."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError, undamaged
from reznet_load.core.run_files import read_result
from reznet_load.history import baseline, store
from reznet_load.history.comparable import like
from reznet_load.history.line import HistoryLine, to_dict

_COLUMNS = (
    "time",
    "run",
    "target",
    "scenario",
    "users",
    "outcome",
    "agent p95",
    "DB p95",
    "TTFB",
    "API p50",
    "cache hit",
    "",
)


def show(reports: Path, target: str, scenario: str, last: int, as_json: bool) -> int:
    """Print the last `last` runs of a target and a scenario ("": any); damaged lines go to stderr. Returns 0.

    Raises ConfigError if there is no such folder.
    """
    from reznet_load.report.sections.history import cells, users

    if not reports.is_dir():
        raise ConfigError(
            f"{reports}: no such folder; make a first run with `reznet-load load`, or name another folder with --reports"
        )
    found = store.read(reports)
    lines = [one for one in found.lines if target in ("", one.target) and scenario in ("", one.scenario)][-last:]
    for damage in found.damaged:
        print(f"{reports / store.FILE}, line {damage.number}, is left out: {damage.reason}", file=sys.stderr)
    if as_json:
        print("\n".join(json.dumps(to_dict(line), ensure_ascii=False) for line in lines))
        return 0
    pinned = {(pin.target, pin.run) for pin in baseline.read(reports)}
    rows = [
        (
            line.time[:16].replace("T", " "),
            line.run,
            line.target,
            line.scenario,
            users(line),
            line.outcome,
            *cells(line),
            "baseline" if (line.target, line.run) in pinned else "",
        )
        for line in lines
    ]
    print(_table([_COLUMNS, *rows]) if rows else f"no such run in {reports / store.FILE}")
    return 0


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def find_run(reports: Path, name: str) -> Path:
    """The folder of a run; `name` is a path, or the name of a run below `reports`. Raises ConfigError without one."""
    with undamaged(Path(name)):
        if Path(name).exists():
            return Path(name).resolve()
        below = [path for path in (*reports.glob(name), *reports.glob(f"*/{name}")) if path.is_dir()]
    if not below:
        raise ConfigError(
            f"{name}: no such folder, and no run of that name below {reports}; `reznet-load history` lists the runs"
        )
    return below[0].resolve()


def pin(reports: Path, name: str) -> int:
    """Make a run the reference for comparable runs; returns 0. Raises ConfigError if there is no such run."""
    line = next((one for one in store.read(reports).lines if one.run == name), None)  # its folder may have been deleted
    home = reports
    if line is None or Path(name).exists():
        folder = find_run(reports, name)
        line = store.line_of(read_result(folder / run_folder.RESULT))
        home = run_folder.reports_of(folder, line.target)
    replaced = baseline.pin(home, line)
    print(f"baseline of {_like(line)}: {line.run}" + (f", instead of {replaced.run}" if replaced else ""))
    return 0


def unpin(reports: Path, name: str) -> int:
    """Remove the pin of a run; returns 0. Raises ConfigError if the run is not pinned."""
    path = Path(name)
    run, home = name, reports
    if path.exists():
        folder = path.resolve()
        info = read_result(folder / run_folder.RESULT).info  # the run's name from the file: a folder may be renamed
        run, home = info.id, run_folder.reports_of(folder, info.target)
    line = baseline.unpin(home, run)
    print(f"baseline of {_like(line)}: {line.run} is no longer pinned")
    return 0


def pins(reports: Path) -> int:
    """Print the pinned runs; returns 0."""
    found = baseline.read(reports)
    for line in found:
        print(f"{line.run}: {_like(line)}, {line.outcome}")
    if not found:
        print(f"no run is pinned in {reports / baseline.FILE}; pin one with: reznet-load baseline RUN")
    return 0


def _like(line: HistoryLine) -> str:
    return f"{line.target}, {line.scenario}, {like(line)}, environment {line.fingerprint}"


def compare(reports: Path, a: str, b: str, as_json: bool, templates: str) -> int:
    """Print B compared with A, and write `comparison.html` into B's folder.

    Returns 0 if nothing required is worse, 1 if a required row is worse, 2 if there is no conclusion.
    """
    from reznet_load.report.comparison import document as written
    from reznet_load.report.comparison.compare import compare as compared
    from reznet_load.report.comparison.side import Side, read
    from reznet_load.report.html.page import COMPARISON_FILE
    from reznet_load.report.html.parts.comparison_part import comparison_page
    from reznet_load.report.html.render import written as written_page
    from reznet_load.report.render import check_templates

    check_templates(templates)
    sides: list[Side] = []
    folders = [find_run(reports, name) for name in (a, b)]
    for folder in folders:
        with undamaged(folder):
            sides.append(read(folder))
    found = compared(*sides)
    print(
        json.dumps(written.as_json(found), ensure_ascii=False, allow_nan=False, indent=1)
        if as_json
        else written.as_markdown(found, templates).rstrip()
    )
    _write_page(folders[1] / COMPARISON_FILE, written_page(comparison_page(found, *sides), templates))
    return found.exit_code


def _write_page(path: Path, text: str) -> None:
    """Write the page and print its path on stderr, because stdout may be a file. An error is printed, never raised."""
    try:
        run_folder.write_text(path, text)
    except OSError as error:
        print(f"reznet-load: {path}: the page could not be written ({error.strerror})", file=sys.stderr)
    else:
        print(f"page: {path}", file=sys.stderr)

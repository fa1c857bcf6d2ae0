"""Finds the files of each run at a path by their contents, not by their names."""

from __future__ import annotations

import glob
import sys
from dataclasses import dataclass
from pathlib import Path

from reznet_load.core.errors import ConfigError
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.result.locust import json_stats
from reznet_load.result.locust.columns import (
    DISTRIBUTION,
    ENDINGS,
    EXCEPTIONS,
    FAILURES,
    HISTORY,
    REQUESTS,
    STATS,
    kind_of,
)
from reznet_load.result.locust.text import decode, headings

JSON = "json"
PRIMARY = (STATS, REQUESTS, JSON)  # kinds of files that have the rows of a run
STDIN = "-"
_HEAD = 64 * 1024
_WILD = frozenset("*?[")
_LATER = {
    HISTORY: "the history of a run, a line every second",
    FAILURES: "the failures of a run",
    EXCEPTIONS: "the exceptions of a run",
    DISTRIBUTION: "the percentiles of a run of Locust 0.x, which has its counts in *_requests.csv",
}


@dataclass(frozen=True, slots=True)
class FoundRun:
    """One run: `main` has its rows and is of `kind`. If `main` is None, `refused` says why nothing can be judged.

    name   its prefix, as the user wrote the path
    asked  which of its files was named, if not the one with the rows
    """

    name: str
    main: Path | None
    kind: str = ""
    refused: str = ""
    asked: str = ""

    def other(self, kind: str) -> Path | None:
        """The run's file of another kind, if it exists."""
        if self.main is None or self.kind not in ENDINGS:
            return None
        path = self.main.with_name(prefix(self.main, self.kind) + ENDINGS[kind])
        return path if path != self.main and path.is_file() else None


def find(path: str) -> list[FoundRun]:
    """The runs at `path`: a folder, a prefix, a file, a glob, or `-`. If there is none, one FoundRun that says why."""
    try:
        return _find(path)
    except OSError as error:
        return [
            FoundRun(
                path,
                None,
                refused=f"{for_terminal(path)}: cannot be read ({error.strerror or error}); check its permissions",
            )
        ]
    except (ConfigError, ValueError) as error:
        return [FoundRun(path, None, refused=for_terminal(error, 600))]


def _find(path: str) -> list[FoundRun]:
    if path == STDIN:
        return [FoundRun("stdin", Path(STDIN), STATS)]
    where = Path(path)
    if where.is_dir():
        return _in_folder(where)
    if where.is_file():
        return [_of_file(where)]
    if (by_prefix := _with_prefix(where)) is not None:
        return [by_prefix]
    matched = sorted(glob.glob(path)) if _WILD & set(path) else []  # noqa: PTH207 -- Path.glob takes no absolute pattern
    if matched:
        every = [found for one in matched for found in _find(one)]
        runs = {found.main: found for found in every if found.main is not None}
        return list(runs.values()) or every
    raise ConfigError(f"{path}: {_not_there(where)}")


def prefix(path: Path, kind: str) -> str:
    """The name of `path` without the suffix that Locust adds to the prefix; the whole stem if the file was renamed."""
    return path.name.removesuffix(ENDINGS[kind]) if kind in ENDINGS and path.name.endswith(ENDINGS[kind]) else path.stem


def kind_at(path: Path) -> str | None:
    """Which of Locust's files it is, by its heading; None: none of them. Raises OSError, ConfigError."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    text = decode(head, str(path))
    if json_stats.begins_like(text.text):
        return JSON if '"num_requests"' in text.text else None
    first = next((line for line in text.text.splitlines() if line.strip()), "")
    return kind_of(headings(first, text.separator))


def _quiet_kind(path: Path) -> str | None:
    try:
        return kind_at(path)
    except (OSError, ConfigError):
        return None


def _run(path: Path, kind: str, asked: str = "") -> FoundRun:
    name = str(path.with_name(prefix(path, kind)))
    return FoundRun(name, path, kind, asked=asked)


def _in_folder(folder: Path) -> list[FoundRun]:
    kinds = {
        path: _quiet_kind(path)
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in (".csv", ".json", ".tsv", ".txt") and path.is_file()
    }
    runs = [_run(path, kind) for path, kind in kinds.items() if kind in PRIMARY]
    # A file with the name of Locust's stats but other contents is an unreadable run, which must not be ignored.
    runs += [
        _run(path, STATS)
        for path, kind in kinds.items()
        if kind is None and path.name.endswith((ENDINGS[STATS], ENDINGS[REQUESTS]))
    ]
    if runs:
        return sorted(runs, key=lambda found: found.name)
    there = [path.name for path, kind in kinds.items() if kind]
    if there:
        raise ConfigError(
            f"{folder}: has {', '.join(there[:5])}, but no stats of a run; "
            "expected PREFIX_stats.csv of `locust --csv PREFIX` next to them"
        )
    below = sorted({str(path.parent) for path in folder.glob("*/*_stats.csv")})[:5]
    hint = f"; judge {' or '.join(below)}" if below else ""
    raise ConfigError(
        f"{folder}: no CSV of Locust's is there; expected a folder that `locust --csv FOLDER/PREFIX` wrote into{hint}"
    )


def _of_file(path: Path) -> FoundRun:
    kind = kind_at(path)
    if kind in PRIMARY:
        return _run(path, kind)
    if kind is None:
        return _run(path, STATS)  # reading it reports what is wrong with it
    own = prefix(path, kind)
    for main in (STATS, REQUESTS):
        other = path.with_name(own + ENDINGS[main])
        if other.is_file() and other != path:
            return _run(other, main, asked=f"{path.name} is {_LATER[kind]}")
    raise ConfigError(
        f"{path}: this is {_LATER[kind]}, and {own}{ENDINGS[STATS]} is not next to it; judge the stats of the run"
    )


def _with_prefix(where: Path) -> FoundRun | None:
    for name in (where.name, where.name.rstrip("_")):
        for kind in (STATS, REQUESTS):
            path = where.parent / (name + ENDINGS[kind])
            if name and path.is_file():
                return _run(path, _quiet_kind(path) or kind)
    return None


def _not_there(where: Path) -> str:
    try:
        runs = [found.name for found in _in_folder(where.parent)] if where.parent.is_dir() else []
    except (ConfigError, OSError):
        runs = []
    hint = f"; the runs there are {', '.join(runs[:5])}" if runs else ""
    return f"not there; expected a folder, a prefix as in `locust --csv PREFIX`, a stats file, or a pattern in quotes{hint}"


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, or of stdin."""
    return sys.stdin.buffer.read() if path == Path(STDIN) else path.read_bytes()

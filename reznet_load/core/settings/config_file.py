"""`reznet-load.toml`: options of runs by their names, for every command or in the table of one command, each with its
line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.text.text_files import user_text

NAME = "reznet-load.toml"
_KEY = re.compile(r"""^\s*["']?([\w-]+)["']?\s*=""")
_TABLE = re.compile(r"""^\s*\[\s*["']?([\w-]+)["']?\s*\]""")


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """`where` names file and line; `value` is as TOML gives it, not checked yet."""

    name: str
    value: Any
    where: str


def find(given: str | None, folder: Path) -> Path | None:
    """The file that is named, else the one in `folder`; None if there is none, or if `given` is ""."""
    if given is not None:
        return Path(given) if given else None
    path = folder / NAME
    return path.relative_to(folder) if path.is_file() else None


def read(path: Path, command: str, options: dict[str, Collection[str]]) -> list[ConfigEntry]:
    """The entries of the file for `command`; its own table overrides the general ones. `options`: option names of each
    command.

    A name that only other commands know is ignored. Raises ConfigError with file, line, what was read and what is
    right.
    """
    try:
        text = user_text(path)
        data = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); expected a TOML file of options") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f'{path}: not a TOML file: {error}; expected lines like users = 100 or duration = "2m"'
        ) from None
    lines = _lines(text)
    every = {name for names in options.values() for name in names}
    found: dict[str, ConfigEntry] = {}
    own: dict[str, ConfigEntry] = {}
    for name, value in data.items():
        where = f"{path}, line {lines.get(('', name)) or lines.get((name, ''), 1)}"
        if not isinstance(value, dict):
            _check(name, every, where)
            found[name] = ConfigEntry(name, value, where)
            continue
        if name not in options:
            raise ConfigError(f"{where}: unknown table [{name}], expected one of a command: {', '.join(options)}")
        for inner, one in value.items():
            place = f"{path}, line {lines.get((name, inner), 1)}"
            _check(inner, options[name], place)
            if name == command:
                own[inner] = ConfigEntry(inner, one, place)
    return [one for one in (found | own).values() if one.name in options[command]]


def _check(name: str, known: Collection[str], where: str) -> None:
    """Raises ConfigError if `name` is not an option."""
    if name in known:
        return
    near = get_close_matches(name.replace("_", "-").lstrip("-"), known, 1)
    right = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(sorted(known))}"
    raise ConfigError(f"{where}: unknown option {name!r}; {right}")


def _lines(text: str) -> dict[tuple[str, str], int]:
    """(table, key) -> the line where it first occurs, from 1; a table itself has the key ""."""
    found: dict[tuple[str, str], int] = {}
    table = ""
    for number, line in enumerate(text.split("\n"), 1):
        if head := _TABLE.match(line):
            table = head[1]
            found.setdefault((table, ""), number)
        elif key := _KEY.match(line):
            found.setdefault((table, key[1]), number)
    return found

"""Options of a run from the command line, the environment and `reznet-load.toml`, in this order, and the origin of
each.
"""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings import config_file
from reznet_load.core.settings.config_file import ConfigEntry
from reznet_load.core.text.secrets import mask_words

VARIABLES = {"host": "HOST", "target_name": "TARGET_NAME"}  # option -> the environment variable that also sets it
_NOT_IN_FILES = ("help", "config")


@dataclass(frozen=True, slots=True)
class ChosenOption:
    """One option's value. `origin`: the command line, a variable, file and line, or the default; `words`: as on the
    command line.
    """

    name: str
    origin: str
    words: tuple[str, ...] = ()
    of_file: bool = False

    @property
    def value(self) -> str:
        """The value for a reader, secrets masked; "-" if none is given."""
        return ", ".join(word.partition("=")[2] or "true" for word in mask_words(list(self.words))) or "-"


def add_config(parser: argparse.ArgumentParser, commands: Any, but: Sequence[str] = ()) -> None:
    """Add `--config`. `commands`: those of the command line, by name; `but`: options that this command does not read
    from a file.
    """
    parser.add_argument(
        "--config",
        metavar="FILE",
        help=f"a file with options, by name (default: {config_file.NAME} in the current folder)",
    )
    parser.set_defaults(own=parser, commands=commands, but=tuple(but))


def choose(
    options: argparse.Namespace, words: Sequence[str], environ: Mapping[str, str] = os.environ
) -> list[ChosenOption]:
    """Set `options` from the file unless `words` or the environment set them; returns every option's origin.

    Empty for a command that reads no file. Raises ConfigError that names file and line.
    """
    if not hasattr(options, "own"):
        return []
    known = {name: _takes(one) for name, one in options.commands.items() if _reads_files(one)}
    path = config_file.find(options.config, Path.cwd())
    entries = config_file.read(path, options.command, known) if path else []
    said = _on_command_line(options.own, words)
    by_name = {one.name: one for one in entries}
    found = []
    for name, action in _takes(options.own).items():
        variable = VARIABLES.get(action.dest, "")
        if action.dest in said:
            origin = "command line"
        elif variable and environ.get(variable):
            origin = f"${variable}"
        elif entry := by_name.get(name):
            setattr(options, action.dest, _value(action, entry))
            origin = entry.where
        else:
            origin = "default"
        words_of = _words(name, action, getattr(options, action.dest))
        found.append(ChosenOption(name, origin, words_of, of_file=name in by_name and origin == by_name[name].where))
    return found


def from_file(chosen: Sequence[ChosenOption]) -> list[str]:
    """The options from the file, written as on the command line."""
    return [word for one in chosen if one.of_file for word in one.words]


def shown(words: Sequence[str]) -> str:
    """Words for a reader, secrets masked."""
    return shlex.join(mask_words(list(words)))


def blame(chosen: Sequence[ChosenOption], text: str) -> str:
    """An error about an option, with file and line if the option came from a file."""
    for one in chosen:
        if one.of_file and text.startswith((f"--{one.name}:", f"--{one.name} ")):
            return f"{one.origin}: {text.removeprefix('--')}"
    return text


def _reads_files(parser: argparse.ArgumentParser) -> bool:
    return parser.get_default("own") is not None


def _takes(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Name of an option -> its action. argparse has no public list."""
    found = {}
    for action in parser._actions:
        name = next((one[2:] for one in action.option_strings if one.startswith("--")), "")
        if name and name not in _NOT_IN_FILES and action.dest not in parser.get_default("but"):
            found[name] = action
    return found


def _on_command_line(parser: argparse.ArgumentParser, words: Sequence[str]) -> set[str]:
    """The options that `words` set, by `dest`."""
    kept = {action: action.default for action in parser._actions}
    try:
        for action in kept:
            action.default = argparse.SUPPRESS
        return set(vars(parser.parse_args(list(words))))
    finally:
        for action, default in kept.items():
            action.default = default


def _value(action: argparse.Action, entry: ConfigEntry) -> Any:
    """The value as the command line would give it. Raises ConfigError."""
    value, where = entry.value, f"{entry.where}: {entry.name}"
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise ConfigError(f"{where} read as {value!r}, expected true or false")
        return value
    several = isinstance(action, argparse._AppendAction)
    if several or isinstance(value, list):
        if not several or not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            right = f'a list of texts like ["{action.metavar}"]' if several else "one value, not a list"
            raise ConfigError(f"{where} read as {value!r}, expected {right}")
        return [_one(action, one, where) for one in value]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ConfigError(f"{where} read as {value!r}, expected a text or a number as --{entry.name} takes it")
    return _one(action, str(value), where)


def _one(action: argparse.Action, text: str, where: str) -> Any:
    convert: Any = action.type or str
    try:
        value = convert(text)
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise ConfigError(f"{where}: {error}") from None
    if action.choices is not None and value not in action.choices:
        raise ConfigError(f"{where} read as {text!r}, expected one of {', '.join(map(str, action.choices))}")
    return value


def _words(name: str, action: argparse.Action, value: Any) -> tuple[str, ...]:
    if value is None or value is False or value == "" or value == []:
        return ()
    if action.nargs == 0:
        return (f"--{name}",)
    values = value if isinstance(value, list) else [",".join(map(str, value)) if isinstance(value, tuple) else value]
    return tuple(f"--{name}={one}" for one in values)

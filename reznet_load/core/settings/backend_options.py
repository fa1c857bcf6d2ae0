"""The options for a backend other than RezNet: its dialect, the path for questions, the model, the key."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.settings import BACKEND_KEY, KEYS


def add(group: argparse._ArgumentGroup) -> None:
    """Add the options that `load` and similar commands have; `--model` also names providers that are timed directly."""
    group.add_argument(
        "--dialect",
        default="",
        metavar="NAME|FILE",
        help="the API of the backend, or a Python file that describes yours (default: detected; `reznet-load backends` lists them)",
    )
    group.add_argument("--path", default="", help="path that questions are sent to (default: that of the dialect)")
    group.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="NAME",
        help="the model to ask a backend other than RezNet for; anthropic=NAME or openai=NAME: also ask this provider itself five "
        "questions, with the key of the environment",
    )


def chosen(options: Any) -> dict[str, Any]:
    """Fields of Settings. Raises ConfigError."""
    check_path(options.path)
    named = [one.strip() for one in options.model if "=" not in one]
    if len(named) > 1:
        raise ConfigError(f"--model: read {' and '.join(named)}, expected one model that the backend is asked for")
    return {"dialect": options.dialect, "path": options.path, "model": named[0] if named else ""}


def check_path(path: str) -> None:
    """Raises ConfigError if `path` is given and does not begin as a path of a backend does."""
    if path and not path.startswith("/"):
        raise ConfigError(f"--path: read {path!r}, expected a path of the backend, like /v1/chat/completions")


def is_file(dialect: str) -> bool:
    """Is it a Python file of the user's, and no name?"""
    return dialect.endswith(".py")


def key_variable(dialect: str) -> str:
    """The environment variable that holds the key for `dialect`."""
    return KEYS.get(dialect.partition("-")[0], BACKEND_KEY)


def key_for(dialect: str, environ: Mapping[str, str]) -> str:
    """The key for `dialect`; empty if there is none. Raises ConfigError if a header cannot carry it."""
    name = key_variable(dialect)
    key = environ.get(name, "")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(
            f"{name}: it has characters that a header cannot carry (not shown); expected letters, digits and signs without spaces "
            "or line ends"
        )
    return key

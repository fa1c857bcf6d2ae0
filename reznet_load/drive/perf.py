"""Runs the performance suite: pytest replaces this process, so that it gets signals and returns the exit code itself."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings import options as choices
from reznet_load.core.settings import run_options
from reznet_load.core.settings.settings import COMMAND, ENVIRONMENT, Settings, to_environment
from reznet_load.core.system.python import own_environment, python
from reznet_load.core.text.secrets import mask_words
from reznet_load.drive.whole_run import check_all

TARGET = "REZNET_LOAD_TARGET"  # the embedded target's options
_SUITE = Path(__file__).resolve().parent.parent / "suite"


def settings_of(words: Sequence[str]) -> Settings:
    """The settings from the options `words` and from HOST, DATABASE_URL and REDIS_URL. Raises ConfigError."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default=os.environ.get("HOST", ""))
    run_options.add_arguments(parser)
    return choices.from_namespace(parser.parse_args(list(words)))


def perf(settings: Settings, target: str, extra: Sequence[str], coverage: bool, words: Sequence[str]) -> NoReturn:
    """Run the suite; does not return. Raises ConfigError before anything is started.

    target   options of the embedded target
    extra    options of pytest
    words    the command line as the user gave it
    """
    if not (settings := check_all(settings)).drives_reznet:
        raise ConfigError(
            f"perf: the suite times the parts of RezNet, but {settings.host} is {settings.dialect}; run a load instead: "
            f"reznet-load load --host {settings.host}"
        )
    if coverage and find_spec("pytest_cov") is None:
        raise ConfigError("--cov: pytest-cov is not installed; install reznet-load[test]")
    command = [
        *python("-m", "pytest", str(_SUITE)),
        "-c",
        str(_SUITE / "pytest.ini"),
        "-m",
        "performance",
        "-v",
        *extra,
        *(["--cov=reznet_load", "--cov-report=html"] if coverage else []),
    ]
    environ = own_environment() | {
        ENVIRONMENT: to_environment(settings),
        COMMAND: shlex.join(mask_words(list(words))),
        TARGET: target,
    }
    sys.stdout.flush()
    os.execve(sys.executable, command, environ)

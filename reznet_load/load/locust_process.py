"""`python -m reznet_load.load.locust_process`: Locust's own command, independent of files around it.

Locust reads `~/.locust.conf`, and `locust.conf` and `pyproject.toml` of the current folder, and puts that folder first
into `sys.path`. These files are for the runs of another project: `users = 1000` would change ours, and a `redis.py`
would be imported instead of the package.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

from locust import argument_parser, main
from locust.util import load_locustfile

from reznet_load.core.text.safe_stream import make_stderr_safe


def ignore_config_files() -> None:
    """Make Locust's parsers ignore default configuration files from now on; `--config FILE` still names one.

    Their names are default values of two functions.
    """
    functions: tuple[Any, ...] = (argument_parser.get_empty_argument_parser, argument_parser.get_parser)
    for function in functions:
        function.__defaults__ = tuple(
            () if default == argument_parser.DEFAULT_CONFIG_FILES else default for default in function.__defaults__
        )


class OsElsewhere(ModuleType):
    """The module `os` with another `getcwd()`: the folder that `python -P` has first in `sys.path` anyway."""

    @staticmethod
    def getcwd() -> str:
        """A folder that may be in `sys.path`."""
        return sys.path[0]

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


def ignore_current_folder() -> None:
    """Make Locust add the folder of the locustfile to `sys.path` from now on, and not the current one."""
    load_locustfile.os = OsElsewhere("os")  # type: ignore[assignment]


if __name__ == "__main__":
    ignore_config_files()
    ignore_current_folder()
    make_stderr_safe()
    main.main()

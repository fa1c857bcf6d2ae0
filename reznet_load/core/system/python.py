"""Child processes of this interpreter, unaffected by files and settings in the caller's folder and environment.

A `redis.py` or `locust.py` in the current folder would be imported instead of the package (`-P` leaves that folder out
of `sys.path`), and `LOCUST_*` and `PYTEST_*` would change what a run does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

_OF_OTHERS = ("LOCUST_", "PYTEST_")


def python(*words: str) -> list[str]:
    """The command `python -P WORDS` of this interpreter."""
    return [sys.executable, "-P", *words]


def own_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`environ` without the settings of Locust and pytest, which are meant for the caller's own runs."""
    return {name: value for name, value in environ.items() if not name.startswith(_OF_OTHERS)}

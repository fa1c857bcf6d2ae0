"""The kinds of users: each has its file here, and `core.kinds` has the table of them.

Importing the package does not import Locust. `from reznet_load.users import RestUser` imports the file of that class, and
with it Locust.
"""

from __future__ import annotations

from typing import Any

from reznet_load.core.kinds import KINDS
from reznet_load.core.named import load_named


def __getattr__(name: str) -> Any:
    """The class `name` of a kind in the table. Raises AttributeError if no kind has such a class."""
    for kind in KINDS.values():
        for user in kind.classes:
            if user.rpartition(":")[2] == name:
                return load_named(user)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

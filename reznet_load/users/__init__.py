"""The users of the backend: one file a kind; `core.kinds` is the table of them.

`from reznet_load.users import RestUser` imports the file of that class, and with it Locust; the package alone does not.
"""

from __future__ import annotations

from typing import Any

from reznet_load.core.kinds import KINDS
from reznet_load.core.named import load_named


def __getattr__(name: str) -> Any:
    """The class `name` of the table."""
    for kind in KINDS.values():
        for user in kind.classes:
            if user.rpartition(":")[2] == name:
                return load_named(user)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

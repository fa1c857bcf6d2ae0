"""A dialect of the user's own, from a file: `--dialect path/to/mine.py`, which names it DIALECT."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from reznet_load.core.errors import ConfigError

_NEEDED = ("name", "title", "path", "needs_end", "ask", "read", "concerns", "access")


def load(path: str) -> Any:
    """The DIALECT of a Python file. Raises ConfigError where there is none, or a part of it is missing."""
    name = f"dialect_{Path(path).stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if not Path(path).is_file() or spec is None or spec.loader is None:
        raise ConfigError(f"--dialect {path}: no Python file is there")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look for their module there
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever the user's file raises is theirs to see
        raise ConfigError(f"--dialect {path}: {type(error).__name__}: {error}") from None
    found = getattr(module, "DIALECT", None)
    if missing := [part for part in _NEEDED if not hasattr(found, part)]:
        raise ConfigError(
            f"--dialect {path}: its DIALECT has no {', '.join(missing)} (docs/backends.md says what each is)"
        )
    return found

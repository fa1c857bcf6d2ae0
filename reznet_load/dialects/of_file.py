"""A dialect of the user's own, from a file: `--dialect path/to/mine.py`, which names it DIALECT."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from reznet_load.core.errors import ConfigError
from reznet_load.dialects.common import Backend


def load(path: str) -> Backend:
    """The DIALECT of a Python file. Raises ConfigError where there is none, or it is no Backend."""
    name = f"dialect_{Path(path).stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if not Path(path).is_file() or spec is None or spec.loader is None:
        raise ConfigError(f"--dialect {path}: there is no such Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look for their module there
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever the user's file raises is theirs to see
        raise ConfigError(f"--dialect {path}: {type(error).__name__}: {error}") from None
    found = getattr(module, "DIALECT", None)
    if not isinstance(found, Backend) or not all(hasattr(found, part) for part in ("ask", "read")):
        raise ConfigError(
            f"--dialect {path}: its DIALECT is not a Backend with ask and read (docs/backends.md has a complete one)"
        )
    return found

"""Loads a dialect from a Python file of the user: `--dialect path/to/mine.py`, which assigns a Backend to DIALECT."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from reznet_load.core.errors import ConfigError
from reznet_load.dialects.common import Backend


def load(path: str) -> Backend:
    """The DIALECT of the Python file `path`.

    Raises ConfigError if there is no such file, if the file raises an error, or if DIALECT is missing or incomplete.
    """
    name = f"dialect_{Path(path).stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if not Path(path).is_file() or spec is None or spec.loader is None:
        raise ConfigError(f"--dialect {path}: there is no such Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # the dataclass decorator looks for the module here
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the file may raise anything: show it to the user
        raise ConfigError(f"--dialect {path}: {type(error).__name__}: {error}") from None
    found = getattr(module, "DIALECT", None)
    if not isinstance(found, Backend) or not all(hasattr(found, part) for part in ("ask", "read")):
        raise ConfigError(
            f"--dialect {path}: DIALECT is missing, or not a Backend with ask and read; see the example in docs/backends.md"
        )
    return found

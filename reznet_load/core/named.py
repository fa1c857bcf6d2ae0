"""Loads code that data name, like `reznet_load.users.rest:RestUser`: imported only when used, so that data import
quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from reznet_load.core.errors import ConfigError


def load_named(place: str) -> Any:
    """The object that `place` (`package.module:name`) names. Raises ConfigError if it does not exist."""
    module, _, name = place.partition(":")
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name and not f"{module}.".startswith(f"{error.name}."):
            raise  # the module exists, but something that it needs is missing
        raise ConfigError(f"{place}: there is no module {error.name}; expected package.module:name") from None
    except AttributeError:
        raise ConfigError(f"{place}: {module} has no {name}; expected package.module:name") from None

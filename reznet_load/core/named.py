"""Code that data names, like `reznet_load.users.rest:RestUser`: imported when it is used, so that data stay light."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from reznet_load.core.errors import ConfigError


def load_named(place: str) -> Any:
    """What `place` (`package.module:name`) names. Raises ConfigError where there is no such thing."""
    module, _, name = place.partition(":")
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name and not f"{module}.".startswith(f"{error.name}."):
            raise  # the module is there, and lacks something that it needs
        raise ConfigError(f"{place}: there is no module {error.name}; expected package.module:name") from None
    except AttributeError:
        raise ConfigError(f"{place}: {module} has no {name}; expected package.module:name") from None

"""Every dialect there is, in the order in which a deployment is asked for them."""

from __future__ import annotations

from reznet_load.core.errors import ConfigError
from reznet_load.dialects import reznet
from reznet_load.dialects.reznet import RezNet

EVERY: tuple[RezNet, ...] = (reznet.V1, reznet.V2)
DEFAULT = EVERY[0]


def by_name(name: str) -> RezNet:
    """The dialect called `name`. Raises ConfigError with the names there are."""
    for dialect in EVERY:
        if dialect.name == name:
            return dialect
    raise ConfigError(f"dialect {name!r} is not known; expected one of {', '.join(one.name for one in EVERY)}")

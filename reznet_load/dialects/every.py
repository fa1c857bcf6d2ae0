"""All dialects: those of RezNet (EVERY), and those of other chat backends (OTHERS)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.backend_options import is_file
from reznet_load.dialects import ag_ui, ai_sdk, anthropic, chainlit, of_file, open_webui, openai, reznet
from reznet_load.dialects.common import Backend
from reznet_load.dialects.reznet import RezNet

# A deployment is tested for each of them, in this order.
EVERY: tuple[RezNet, ...] = (reznet.V1, reznet.V2)
DEFAULT = EVERY[0]

# Tested in this order: a backend whose answers are the least ambiguous comes first.
OTHERS: tuple[Backend, ...] = (
    chainlit.SESSION,
    open_webui.CHATS,
    anthropic.MESSAGES,
    openai.CHAT,
    openai.RESPONSES,
    ai_sdk.UI_STREAM,
    ag_ui.AGENT,
)


def by_name(name: str, moved: Mapping[str, str] | None = None) -> RezNet:
    """The RezNet dialect `name`. `moved`: field of `Paths` -> path, for calls that a deployment has elsewhere.

    Raises ConfigError with the known names.
    """
    for dialect in EVERY:
        if dialect.name == name:
            return replace(dialect, paths=replace(dialect.paths, **moved)) if moved else dialect
    raise ConfigError(f"dialect {name!r} is not known; expected one of {', '.join(one.name for one in EVERY)}")


def spoken(name: str, path: str = "", moved: Mapping[str, str] | None = None) -> Any:
    """The dialect `name` (a known name, or the path of a Python file), adapted to the deployment. Raises ConfigError.

    path    path of questions, for a backend that is not RezNet; empty: the dialect's own
    moved   as for `by_name`, for RezNet
    """
    if name in {one.name for one in EVERY}:
        return by_name(name, moved)
    found = other(name)
    return replace(found, path=path) if path else found


def other(name: str) -> Any:
    """The dialect `name` of a backend that is not RezNet: one of OTHERS, or the DIALECT of a Python file.

    Raises ConfigError with the known names.
    """
    if is_file(name):
        return of_file.load(name)
    for dialect in OTHERS:
        if dialect.name == name:
            return dialect
    names = ", ".join(one.name for one in OTHERS)
    raise ConfigError(f"--dialect {name!r} is not known; expected {names}, or the path of a Python file")

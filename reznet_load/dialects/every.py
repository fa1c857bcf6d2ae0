"""Every dialect there is: those that a load speaks, in the order in which a deployment is asked for them, and the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.backend_options import is_file
from reznet_load.dialects import ag_ui, ai_sdk, anthropic, chainlit, of_file, open_webui, openai, reznet
from reznet_load.dialects.common import Backend
from reznet_load.dialects.reznet import RezNet

EVERY: tuple[RezNet, ...] = (reznet.V1, reznet.V2)
DEFAULT = EVERY[0]

# Asked one question at a time, by `reznet-load try`; the more telling a recognition is, the earlier.
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
    """The dialect of a load called `name`, paths that a deployment has `moved` as it has them.

    Raises ConfigError with the names there are.
    """
    for dialect in EVERY:
        if dialect.name == name:
            return replace(dialect, paths=replace(dialect.paths, **moved)) if moved else dialect
    raise ConfigError(f"dialect {name!r} is not known; expected one of {', '.join(one.name for one in EVERY)}")


def spoken(name: str, path: str = "", moved: Mapping[str, str] | None = None) -> Any:
    """The dialect called `name`, or that of a file, with the deployment's own paths. Raises ConfigError."""
    if name in {one.name for one in EVERY}:
        return by_name(name, moved)
    found = other(name)
    return replace(found, path=path) if path else found


def other(name: str) -> Any:
    """The dialect of `try` called `name`, or that of a file. Raises ConfigError with the names there are."""
    if is_file(name):
        return of_file.load(name)
    for dialect in OTHERS:
        if dialect.name == name:
            return dialect
    names = ", ".join(one.name for one in OTHERS)
    raise ConfigError(f"--dialect {name!r} is not known; expected {names}, or the path of a Python file")

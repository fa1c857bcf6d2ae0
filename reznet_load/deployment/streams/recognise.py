"""Which backend answers at a host, if it is not named: RezNet first, then others that can be recognised."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.kinds import KINDS, shipped_mix
from reznet_load.core.settings.backend_options import key_for
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.secrets import remember
from reznet_load.deployment.api import Api
from reznet_load.deployment.streams.socket_question import socket_path
from reznet_load.dialects.common import Backend
from reznet_load.dialects.every import EVERY, OTHERS, other
from reznet_load.dialects.reznet import RezNet


def generation(settings: Settings) -> RezNet | None:
    """The RezNet dialect that answers; None for anything else."""
    api = Api(settings)
    there = (one for one in EVERY if api.call("GET", one.paths.health).ok)
    return next((one for one in there if isinstance(api.call("GET", one.paths.agents).body, list)), None)


def recognised(settings: Settings) -> Backend:
    """The first backend whose own calls answer as they should. Raises TargetError naming what was tried."""
    api, asked = Api(settings), []

    def get(path: str) -> tuple[int, Any]:
        asked.append(path)
        answer = api.call("GET", path)
        return answer.status, answer.body

    for dialect in OTHERS:
        if dialect.recognised(get):
            return dialect
    raise TargetError(
        f"{settings.host} answers, and is none of the backends that can be recognised (asked: {', '.join(dict.fromkeys(asked))}); "
        "name what it speaks with --dialect; `reznet-load backends` lists them"
    )


def with_dialect(settings: Settings) -> Settings:
    """`settings` for the backend that was named or recognised; unchanged for RezNet, and if none is recognised.

    Asks the host, which may be contacted, at most eight GETs. Raises ConfigError.
    """
    if not settings.host or settings.dialect in {one.name for one in EVERY}:
        return settings
    backend = other(settings.dialect) if settings.dialect else _found(settings)
    if backend is None:
        return settings
    key = key_for(backend.name, os.environ)
    remember(key)
    return replace(
        settings,
        dialect=settings.dialect or backend.name,
        backend_key=key,
        socket_path=socket_path(settings, backend),
        mix=_mix(settings, backend),
    )


def _found(settings: Settings) -> Backend | None:
    """None for RezNet, and if RezNet's own preflight must report the error: authentication is needed, or nothing
    answers.
    """
    try:
        if Api(settings).call("GET", EVERY[0].paths.health).status in (401, 403) or generation(settings) is not None:
            return None
        return recognised(settings)
    except TargetError:
        return None


def _mix(settings: Settings, backend: Backend) -> dict[str, int]:
    """The kinds of users that can drive it. Raises ConfigError if others were named."""
    kinds = [kind.name for kind in KINDS.values() if kind.stream_user]
    unfit = [name for name, users in settings.mix.items() if users and name not in kinds]
    if unfit and settings.mix != shipped_mix():
        raise ConfigError(
            f"--mix: {backend.title} has nothing for users of kind {', '.join(unfit)}; its kinds are {', '.join(kinds)}"
        )
    if settings.arrivals.rate:
        raise ConfigError(f"--arrivals: {backend.title} has no REST calls to spread; leave it out")
    return {name: users for name, users in settings.mix.items() if name in kinds}


def models_listed(settings: Settings, headers: dict[str, str]) -> str:
    """The models that a backend lists, for the error that asks for one; empty if it lists none."""
    api = Api(settings)
    api.headers |= headers
    try:
        body = api.call("GET", "/v1/models").body
    except TargetError:
        return ""
    data = body.get("data") if isinstance(body, dict) else None
    names = [str(one["id"]) for one in data or [] if isinstance(one, dict) and one.get("id")]
    return f"; it lists {', '.join(names[:_MOST_LISTED])}" if names else ""


_MOST_LISTED = 8  # models named in an error

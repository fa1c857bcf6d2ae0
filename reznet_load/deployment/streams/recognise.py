"""Which backend answers at a host, if it is not named: RezNet first, then others that can be recognised."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.kinds import BROWSE, KINDS, kinds_of_others, kinds_of_reznet, shipped_mix
from reznet_load.core.settings.backend_options import key_for
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.marked_questions import LEFT_PATH
from reznet_load.core.text.secrets import remember
from reznet_load.deployment.api import Api, HttpAnswer
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
    path = EVERY[0].paths.health
    if wants := needs_login(answer := api.call("GET", path)):
        raise TargetError(f"GET {settings.host}{path} answered {answer.said}{wants}")
    raise unrecognised(settings.host, [*(one.paths.health for one in EVERY), *asked])


def needs_login(answer: HttpAnswer) -> str:
    """What to do if a backend refused a call because it does not know who asks; "" if it did not."""
    if answer.status in (401, 403):
        return "; it requires credentials: give them with --header, --cookie or --accounts"
    return ""


def unrecognised(host: str, asked: Iterable[str]) -> TargetError:
    """The error for a server that has none of the paths `asked`, or answers otherwise than a backend."""
    base = host.removesuffix(urlsplit(host).path) if urlsplit(host).path else ""
    remedy = f"Is {base}, without a path, its address? " if base else ""
    return TargetError(
        f"{host} answers, but not as a backend that can be recognised (asked: {', '.join(dict.fromkeys(asked))}). {remedy}"
        "If it is another chat backend, name what it speaks with --dialect; `reznet-load backends` lists them"
    )


def with_dialect(settings: Settings) -> Settings:
    """`settings` for the backend that was named or recognised; unchanged for RezNet, and if none is recognised.

    Sends at most eight GETs to the host, if it may be contacted. Raises ConfigError.
    """
    if not settings.host or settings.dialect in {one.name for one in EVERY}:
        return for_reznet(settings)
    backend = other(settings.dialect) if settings.dialect else _found(settings)
    if backend is None:
        return for_reznet(settings)
    key, leaves = key_for(backend.name, os.environ), settings.mix.get("impatient")
    remember(key)
    return replace(
        settings,
        provider_url=settings.provider_url or (settings.host if leaves and is_provider_of_ours(settings) else ""),
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


def for_reznet(settings: Settings) -> Settings:
    """`settings`. Raises ConfigError if RezNet has nothing for a kind of users in the mix."""
    _check_kinds(settings, "RezNet AI", kinds_of_reznet())
    return settings


def is_provider_of_ours(settings: Settings) -> bool:
    """Is the host itself `reznet-load provider`? It simulates, costs nothing, and knows what it did for users who left."""
    try:
        answer = Api(settings).call("GET", LEFT_PATH)
    except TargetError:
        return False
    return answer.ok and isinstance(answer.body, dict) and "unseen" in answer.body


def _mix(settings: Settings, backend: Backend) -> dict[str, int]:
    """The kinds of users that can drive it. Raises ConfigError if others were named."""
    kinds = kinds_of_others(bool(backend.browse))
    if settings.mix != shipped_mix():
        _check_kinds(settings, backend.title, kinds)
    if settings.arrivals.rate:
        raise ConfigError(f"--arrivals: {backend.title} has no REST calls to spread; leave it out")
    pauses = sum(page.pause for page in backend.browse)
    if settings.mix.get(BROWSE) and pauses >= settings.period(BROWSE):
        raise ConfigError(
            f"--think {BROWSE}={settings.period(BROWSE):g}: the pauses of a round of {backend.title} are {pauses:g} s; "
            "expected more than that from one start to the next"
        )
    asked = {name: users for name, users in settings.mix.items() if name in kinds}
    return {name: users for name, users in asked.items() if users or KINDS[name].share}


def _check_kinds(settings: Settings, title: str, kinds: Collection[str]) -> None:
    """Raises ConfigError with the reason if the mix has users of other kinds than `kinds`."""
    for name in (name for name, users in settings.mix.items() if users and name not in kinds):
        able = ", ".join(one for one in KINDS if one in kinds)
        why = "its dialect lists no calls to browse" if name == BROWSE and "rest" not in kinds else KINDS[name].refused
        raise ConfigError(f"--mix {name}=…: {title} has nothing for it: {why}; its kinds are {able}")


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

"""Does the backend still answer after the load? A frozen one is silent for minutes, and no other check would report it.

Cost: two GETs after the last user, outside of every judged phase.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from reznet_load.core.deployment import REZNET
from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.run import Caution
from reznet_load.core.settings.accounts import read_accounts
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.api import Api
from reznet_load.dialects.every import by_name

NOTE = "afterwards"  # its key in RunInfo.notes
_WITHIN = 10.0  # seconds for both calls, including further attempts
_TIMEOUT, _PAUSE = 3.0, 1.0


@dataclass(frozen=True, slots=True)
class Afterwards:
    """`text` for the reader; `caution` if it does not answer as it should."""

    text: str
    caution: Caution | None = None


def look(settings: Settings, dialect: str, moved: Mapping[str, str] | None = None) -> Afterwards:
    """Request its health, and the agents, which it reads from cache or database. Never raises."""
    if dialect and dialect not in REZNET:
        return _look_at_all(settings)
    try:
        paths = by_name(dialect, moved).paths
        account = next(iter(read_accounts(settings.accounts)), None)
    except ConfigError as error:
        return Afterwards(f"not checked: {error}")
    api = Api(settings, timeout=_TIMEOUT, account=account)
    until = time.monotonic() + _WITHIN
    answers = []
    wrong = []
    for path in (paths.health, paths.agents):
        took, problem = _asked(api, path, until)
        (wrong if problem else answers).append(
            f"GET {path.partition('?')[0]} {problem or f'answered in {took:.0f} ms'}"
        )
    if not wrong:
        return Afterwards(f"the backend answers: {', '.join(answers)}")
    return _silent(f"the backend does not answer as it should: {', '.join((*wrong, *answers))}")


def _look_at_all(settings: Settings) -> Afterwards:
    """For a backend whose paths are not known: any answer shows that it is there."""
    api, until = Api(settings, timeout=_TIMEOUT), time.monotonic() + _WITHIN
    took, problem = _asked(api, "/", until, of_any_status=True)
    if not problem:
        return Afterwards(f"the backend answers: GET / within {took:.0f} ms")
    return _silent(f"the backend does not answer: GET / {problem}")


def _silent(text: str) -> Afterwards:
    remedy = "Check whether it recovers, its log, and sessions idle in transaction; restart it before the next run."
    return Afterwards(text, Caution("silent_afterwards", f"After the load {text}.", remedy))


def _asked(api: Api, path: str, until: float, of_any_status: bool = False) -> tuple[float, str]:
    """(ms that the last attempt took, what was wrong with it or empty); it is repeated until `until`."""
    while True:
        began, problem = time.monotonic(), ""
        try:
            answer = api.call("GET", path)
            problem = "" if answer.ok or of_any_status else f"answered {answer.said}"
        except TargetError:
            problem = f"got no answer within {_TIMEOUT:g} s, several times"
        took = 1000 * (time.monotonic() - began)
        if not problem or time.monotonic() + _PAUSE + _TIMEOUT > until:
            return took, problem
        time.sleep(_PAUSE)

"""Finds and removes, before a run, what killed runs have left in a deployment. In doubt nothing is removed.

A run of this machine is identified by its process. A run of another machine is over if its sign of life is missing in
two checks, 15 s apart; signs are renewed every 10 s. If it shows no sign here, it is over if its time has elapsed and
none of its channels received a message between the checks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Protocol

from reznet_load.core.errors import TargetError
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.alive.sign import CannotShowError, LifeSign, sign_in
from reznet_load.deployment.api import Api, say_once
from reznet_load.deployment.channels import PREFIX, Maker, is_ours, listed, maker, run_of
from reznet_load.deployment.traces import Removal, remove
from reznet_load.dialects.every import DEFAULT

LOOK_SECONDS = 15.0  # longer than an agent's turn and the renewal of a sign
_MOST_LOOKED_AT = 200
_NAME = "reznet-load"
_STATEMENT_MS = 30_000

Channels = dict[str, dict[str, Any]]  # channels by id
IsOn = Callable[[dict[str, Any]], bool | None]


class Signs(Protocol):
    """Signs of life on one server."""

    def is_on(self, run: str, sign: LifeSign) -> bool | None:
        """Does the run show that it is on? None: not known here."""

    def close(self) -> None:
        """Close the connection."""


def remove_left_over(settings: Settings) -> Removal:
    """Find channels by name in the database, else in the channel list; remove those certainly left over. Raises
    TargetError.
    """
    channels = _of_load_tests(settings)
    known = {id: maker(one) for id, one in channels.items()}
    over = [id for id, maker_is in known.items() if maker_is is Maker.OVER]
    foreign = {id: one for id, one in channels.items() if known[id] in (Maker.LATE, Maker.UNKNOWN)}
    live = {id for id, maker_is in known.items() if maker_is is Maker.ON}
    with _signs(settings) as look:
        is_on = look()
        shown = {id: is_on(one) for id, one in foreign.items()}
        live |= {id for id, on in shown.items() if on}
        gone = [id for id, on in shown.items() if on is False]
        late = [id for id, on in shown.items() if on is None and known[id] is Maker.LATE][:_MOST_LOOKED_AT]
        if gone or late:
            say_once(f"found channels of other runs: checking for {LOOK_SECONDS:g} s whether those runs are over")
            before = _newest_of(settings, late)
            time.sleep(LOOK_SECONDS)
            is_on = look()
            still_gone = [id for id in gone if is_on(foreign[id]) is False]
            silent, speaking = _silent(settings, channels, before)
            over += still_gone + silent
            live |= speaking
    doubtful = len(known) - len(over) - len(live)
    return replace(remove(settings, over), live=len(live), doubtful=doubtful)


def _of_load_tests(settings: Settings) -> Channels:
    if settings.database_url:
        try:
            from reznet_load.deployment.postgres_session import PostgresSession

            with PostgresSession(settings.database_url, _NAME, _STATEMENT_MS) as database:
                rows = database.execute(DEFAULT.queries.channels_named, (PREFIX + "%",)).fetchall()
            return {row[0]: {"id": row[0], "name": row[1], "topic": row[2]} for row in rows}
        except Exception:  # unreachable: REST still lists the channels that are not archived
            pass
    return {str(one["id"]): one for one in listed(Api(settings)) if is_ours(one)}


@contextmanager
def _signs(settings: Settings) -> Iterator[Callable[[], IsOn]]:
    """Checks that each say of a channel whether its run shows that it is on; each run is queried once."""
    with ExitStack() as stack:
        opened: dict[str, Signs | None] = {}

        def server_of(way: str) -> Signs | None:
            if way not in opened:
                opened[way] = found = _open(settings, way)
                if found is not None:
                    stack.callback(found.close)
            return opened[way]

        def look() -> IsOn:
            asked: dict[tuple[str, LifeSign], bool | None] = {}

            def is_on(channel: dict[str, Any]) -> bool | None:
                sign = sign_in(str(channel.get("topic") or ""))
                if sign is None:
                    return None
                run = run_of(channel)
                if (run, sign) not in asked:
                    asked[run, sign] = _asked(server_of(sign.way), run, sign)
                return asked[run, sign]

            return is_on

        yield look


def _asked(server: Signs | None, run: str, sign: LifeSign) -> bool | None:
    try:
        return server.is_on(run, sign) if server else None
    except Exception:  # a driver may raise anything: then it is not known
        return None


def _open(settings: Settings, way: str) -> Signs | None:
    try:
        if way == "redis" and settings.redis_url:
            from reznet_load.deployment.alive.run_key import RunKeys

            return RunKeys(settings)
        if way == "lock" and settings.database_url:
            from reznet_load.deployment.alive.run_lock import RunLocks

            return RunLocks(settings)
    except CannotShowError:
        pass
    return None


def _newest_of(settings: Settings, ids: list[str]) -> dict[str, str | None]:
    """The newest message of each channel; None if that is not known."""
    api = Api(settings)
    return {id: _newest(api, id) for id in ids}


def _newest(api: Api, id: str) -> str | None:
    try:
        answer = api.call("GET", DEFAULT.paths.messages.format(id=id, limit=1))
    except TargetError:
        return None
    return str(answer.body) if answer.ok else "gone" if answer.status == 404 else None


def _silent(settings: Settings, channels: Channels, before: dict[str, str | None]) -> tuple[list[str], set[str]]:
    """(channels of runs that received no message since `before`, channels of runs of which one did).

    If one channel of a run is not known, and no other received a message, its channels are in neither.
    """
    now = _newest_of(settings, list(before))
    live = {run_of(channels[id]) for id in before if before[id] is not None and now[id] not in (None, before[id])}
    unknown = {run_of(channels[id]) for id in before if before[id] is None or now[id] is None}
    silent = [id for id in before if run_of(channels[id]) not in live | unknown]
    return silent, {id for id in before if run_of(channels[id]) in live}

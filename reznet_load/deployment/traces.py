"""What a run leaves in a deployment, removed: rows and cache keys where their addresses are known, else archived.

Cost: one DELETE by key for the channels of a run (messages cascade), one SCAN over the cache's channel keys.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import TargetError
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.foreign_text import safe
from reznet_load.deployment.api import Api
from reznet_load.deployment.channels import PREFIX, Maker, is_ours, listed, maker
from reznet_load.dialects.every import DEFAULT, EVERY
from reznet_load.dialects.reznet import RezNet

_STATEMENT_MS = 30_000
_NAME = "reznet-load"  # to PostgreSQL and Redis
LOOK_SECONDS = 15.0  # between two looks at the channels of a run that may be on: an agent's turn takes less
_MOST_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Removal:
    """What was there, what was removed, what stayed behind; `text` says it for the report."""

    channels: int = 0
    messages: int = 0
    keys: int = 0
    archived: int = 0
    left: int = 0
    problem: str = ""
    doubtful: int = 0  # of other runs, which may be on

    @property
    def text(self) -> str:
        """One line for the reader."""
        if self.archived:
            done = f"{self.archived} channels archived through REST; their rows and messages stay behind"
            done += " (set DATABASE_URL to have them removed)"
        else:
            done = f"removed {self.channels} channels with {self.messages} messages and {self.keys} cache keys"
        stayed = (
            f"; {self.left} channels {PREFIX}* could not be removed, the next run removes them" if self.left else ""
        )
        others = f"; {self.doubtful} channels of other runs, which may be on, were left" if self.doubtful else ""
        return done + stayed + others + (f"; {self.problem}" if self.problem else "")


def read_channels(folder: Path) -> list[str]:
    """The ids of the channels a run made, from its folder; a torn last line is left out."""
    return [line for line in _lines(folder) if len(line) >= 8 and not line.startswith("#")]


def read_prefix(folder: Path) -> str:
    """What the names of a run's channels begin with; "" where its folder does not say."""
    return next((line[1:] for line in _lines(folder) if line.startswith(f"#{PREFIX}") and line.endswith("-")), "")


def _lines(folder: Path) -> list[str]:
    try:
        return (folder / run_folder.CHANNELS).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def remove(settings: Settings, ids: list[str], dialect: str = "", prefix: str = "") -> Removal:
    """Remove the channels `ids`, and those whose names begin with `prefix`, with their messages and cache keys.

    Never raises: what failed is in the answer. A call that got no answer may have made a channel all the same: its name finds it.
    `dialect`: the name of what the deployment speaks; empty where that is not known.
    """
    if not ids and not prefix:
        return Removal()
    problem, speaks = "", tuple(one for one in EVERY if one.name == dialect) or EVERY
    if settings.database_url:
        try:
            return _remove_rows(settings, ids, speaks, prefix)
        except Exception as error:  # a driver may raise anything; the run's results must not be lost by its cleaning
            problem = f"PostgreSQL: {type(error).__name__}: {safe(error, 200)}"
    return _archive(settings, ids, problem, speaks[0], prefix)


def _remove_rows(settings: Settings, ids: list[str], speaks: tuple[RezNet, ...], prefix: str) -> Removal:
    from reznet_load.deployment.postgres_session import PostgresSession

    with PostgresSession(settings.database_url, _NAME, _STATEMENT_MS, read_only=False) as database:
        queries = speaks[0].queries
        if prefix:
            found = database.execute(queries.channels_named, (prefix.replace("_", r"\_") + "%",)).fetchall()
            ids = list(dict.fromkeys([*ids, *(row[0] for row in found)]))
        named = {"ids": ids}
        channels, messages = database.execute(queries.count_channels, named).fetchone() or (0, 0)
        database.execute(queries.delete_channels, named)
        left, messages_left = database.execute(queries.count_channels, named).fetchone() or (0, 0)
    keys, problem = _remove_keys(settings, ids, speaks)
    return Removal(channels - left, messages - messages_left, keys, left=left, problem=problem)


def _remove_keys(settings: Settings, ids: list[str], speaks: tuple[RezNet, ...]) -> tuple[int, str]:
    if not settings.redis_url:
        return 0, "cache keys stay until they expire (set REDIS_URL to have them removed)"
    from reznet_load.deployment.redis_servers import open_redis

    try:
        with open_redis(settings, _NAME) as cache:
            keys = [one.cache for one in speaks]
            names = [key.channel(id) for id in ids for key in keys]
            return int(
                cache.client.delete(*names, *(key.channel_list for key in keys))
            ), ""  # of a cluster slot by slot
    except Exception as error:  # as above
        return 0, f"Redis: {type(error).__name__}: {safe(error, 200)}"


def _archive(settings: Settings, ids: list[str], problem: str, dialect: RezNet, prefix: str) -> Removal:
    api, archived = Api(settings, patient=True), 0
    try:
        shown = listed(api, dialect)
    except TargetError as error:  # each id was checked by its name when it was made
        shown, problem = [], problem or str(error)
    others = {str(one.get("id")) for one in shown if not is_ours(one)}
    found = [str(one["id"]) for one in shown if prefix and is_ours(one) and str(one["name"]).startswith(prefix)]
    wanted = [id for id in dict.fromkeys([*ids, *found]) if id not in others]
    for number, channel in enumerate(wanted):
        try:
            archived += api.call("DELETE", dialect.paths.channel.format(id=channel)).ok
        except TargetError as error:
            return Removal(archived=archived, left=len(wanted) - number, problem=problem or str(error))
    return Removal(archived=archived, left=len(wanted) - archived, problem=problem)


def remove_left_over(settings: Settings) -> Removal:
    """Remove what killed runs have left: found by name in the database, else in the channel list. In doubt nothing is removed.

    Runs of other machines whose time is up count as over only where none of their channels gets a message in 15 s.
    """
    channels = _of_load_tests(settings)
    known = {id: maker(one) for id, one in channels.items()}
    over = [id for id, who in known.items() if who is Maker.OVER]
    late = [id for id, who in known.items() if who is Maker.LATE]
    silent = _silent(settings, channels, late)
    doubtful = sum(who is not Maker.OVER for who in known.values()) - len(silent)
    return replace(remove(settings, over + silent), doubtful=doubtful)


def _of_load_tests(settings: Settings) -> dict[str, dict[str, Any]]:
    if settings.database_url:
        try:
            from reznet_load.deployment.postgres_session import PostgresSession

            with PostgresSession(settings.database_url, _NAME, _STATEMENT_MS) as database:
                rows = database.execute(DEFAULT.queries.channels_named, (PREFIX + "%",)).fetchall()
            return {row[0]: {"id": row[0], "name": row[1], "topic": row[2]} for row in rows}
        except Exception:  # unreachable: REST still knows the channels that are not archived
            pass
    return {str(one["id"]): one for one in listed(Api(settings)) if is_ours(one)}


def _silent(settings: Settings, channels: dict[str, dict[str, Any]], late: list[str]) -> list[str]:
    """Those of `late` whose run got no message between two looks; a run of which one channel gets any is on."""
    if not late:
        return []
    api = Api(settings)
    before = {id: _newest(api, id) for id in late[:_MOST_LOOKED_AT]}
    time.sleep(LOOK_SECONDS)
    now = {id: _newest(api, id) for id in before}
    live = {_run_of(channels[id]) for id in before if before[id] is None or before[id] != now[id]}
    return [id for id in before if _run_of(channels[id]) not in live]


def _run_of(channel: dict[str, Any]) -> str:
    return str(channel["name"]).rpartition("-")[0]


def _newest(api: Api, id: str) -> str | None:
    """The newest message of a channel; None where that is not known."""
    try:
        answer = api.call("GET", DEFAULT.paths.messages.format(id=id, limit=1))
    except TargetError:
        return None
    return str(answer.body) if answer.ok else "gone" if answer.status == 404 else None

"""Removes what a run leaves in a deployment: rows and cache keys if their addresses are known; else channels are
archived.

Cost: one DELETE by key for the channels of a run (messages cascade), one SCAN over the cache's channel keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import TargetError
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.foreign_text import safe
from reznet_load.deployment.api import Api
from reznet_load.deployment.channels import PREFIX, is_ours, listed
from reznet_load.dialects.every import EVERY
from reznet_load.dialects.reznet import RezNet

_STATEMENT_MS = 30_000
_NAME = "reznet-load"  # client name in PostgreSQL and Redis


@dataclass(frozen=True, slots=True)
class Removal:
    """What was there, what was removed, what remains; `text` says it for the report."""

    channels: int = 0
    messages: int = 0
    keys: int = 0
    archived: int = 0
    left: int = 0
    problem: str = ""
    live: int = 0  # channels of other runs that are on
    doubtful: int = 0  # channels of other runs that may be on

    @property
    def text(self) -> str:
        """One line for the reader."""
        if self.archived:
            whose = "its" if self.archived == 1 else "their"
            done = f"{_channels(self.archived)} archived through REST; {whose} rows and messages remain"
            done += " (set DATABASE_URL to have them removed)"
        else:
            things = f"{_counted(self.messages, 'message')} and {_counted(self.keys, 'cache key')}"
            done = f"removed {_channels(self.channels)} with {things}"
        stayed = (
            f"; {_channels(self.left)} {PREFIX}* could not be removed, the next run removes them" if self.left else ""
        )
        others = f"; {self.others}" if self.others else ""
        return done + stayed + others + (f"; {self.problem}" if self.problem else "")

    @property
    def others(self) -> str:
        """What belongs to other runs and was not removed; "" if there is nothing."""
        live = f"left {_channels(self.live)} of other runs, which are still running" if self.live else ""
        doubt = f"left {_channels(self.doubtful)} of other runs, which may still be running" if self.doubtful else ""
        return "; ".join(filter(None, (live, doubt)))

    @property
    def doubt(self) -> str:
        """What was left in doubt, and how the next run would know; "" if nothing was."""
        if not self.doubtful:
            return ""
        return (
            f"{_channels(self.doubtful)} {PREFIX}* of other runs, which may still be running; runs with the same REDIS_URL "
            "or DATABASE_URL detect each other, and other channels are removed once they expire"
        )


def _channels(number: int) -> str:
    return _counted(number, "channel")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def read_channels(folder: Path) -> list[str]:
    """The ids of the channels that a run created, from its folder; a torn last line is ignored."""
    return [line for line in _lines(folder) if len(line) >= 8 and not line.startswith("#")]


def read_prefix(folder: Path) -> str:
    """The prefix of a run's channel names; "" if its folder does not have it."""
    return next((line[1:] for line in _lines(folder) if line.startswith(f"#{PREFIX}") and line.endswith("-")), "")


def _lines(folder: Path) -> list[str]:
    try:
        return (folder / run_folder.CHANNELS).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def remove(settings: Settings, ids: list[str], dialect: str = "", prefix: str = "") -> Removal:
    """Remove the channels `ids`, and those whose names begin with `prefix`, with their messages and cache keys.

    Never raises: the result says what failed. A call without an answer may still have created a channel, which `prefix`
    finds. `dialect`: name of the deployment's dialect; empty if it is not known.
    """
    if not ids and not prefix:
        return Removal()
    if settings.redis_url and prefix:
        _forget(settings, prefix.removeprefix(PREFIX).removesuffix("-"))
    problem, speaks = "", tuple(one for one in EVERY if one.name == dialect) or EVERY
    if settings.database_url:
        try:
            return _remove_rows(settings, ids, speaks, prefix)
        except Exception as error:  # a driver may raise anything; a failed clean-up must not lose the run's results
            problem = f"PostgreSQL: {_said(error)}"
    return _archive(settings, ids, problem, speaks[0], prefix)


def _said(error: Exception) -> str:
    """The kind of a driver's error and the first line of its text; libpq adds a second one with advice."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {safe(lines[0], 200)}"


def _forget(settings: Settings, run: str) -> None:
    from reznet_load.deployment.alive.run_key import forget

    forget(settings, run)


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
            ), ""  # in a cluster, slot by slot
    except Exception as error:  # as above
        return 0, f"Redis: {_said(error)}"


def _archive(settings: Settings, ids: list[str], problem: str, dialect: RezNet, prefix: str) -> Removal:
    api, archived = Api(settings, patient=True), 0
    try:
        shown = listed(api, dialect)
    except TargetError as error:  # each id was checked by its name when the channel was created
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

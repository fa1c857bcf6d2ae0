"""What a run leaves in a deployment, removed: rows and cache keys where their addresses are known, else archived.

Cost: one DELETE by key for the channels of a run (messages cascade), one SCAN over the cache's channel keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reznet_load.core.errors import TargetError
from reznet_load.core.folder import CHANNELS
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.secrets import mask_text
from reznet_load.deployment.api import Api
from reznet_load.deployment.channels import PREFIX, find_left_over, left_over
from reznet_load.dialects.every import DEFAULT, EVERY
from reznet_load.dialects.reznet import RezNet

_STATEMENT_MS = 30_000
_NAME = "reznet-load"  # to PostgreSQL and Redis


@dataclass(frozen=True, slots=True)
class Removal:
    """What was there, what was removed, what stayed behind; `text` says it for the report."""

    channels: int = 0
    messages: int = 0
    keys: int = 0
    archived: int = 0
    left: int = 0
    problem: str = ""

    @property
    def text(self) -> str:
        """One line for the reader."""
        if self.archived:
            done = f"{self.archived} channels archived through REST; their rows and messages stay behind"
            done += " (set DATABASE_URL to have them removed)"
        else:
            done = f"removed {self.channels} channels with {self.messages} messages and {self.keys} cache keys"
        stayed = f"; {self.left} channels stayed behind" if self.left else ""
        return done + stayed + (f"; {self.problem}" if self.problem else "")


def read_channels(folder: Path) -> list[str]:
    """The ids of the channels a run made, from its folder; a torn last line is left out."""
    try:
        lines = (folder / CHANNELS).read_text().splitlines()
    except OSError:
        return []
    return [line for line in lines if len(line) >= 8]


def remove(settings: Settings, ids: list[str], dialect: str = "") -> Removal:
    """Remove the channels `ids` with their messages and cache keys. Never raises: what failed is in the answer.

    `dialect`: the name of what the deployment speaks; empty where that is not known.
    """
    if not ids:
        return Removal()
    problem, speaks = "", tuple(one for one in EVERY if one.name == dialect) or EVERY
    if settings.database_url:
        try:
            return _remove_rows(settings, ids, speaks)
        except Exception as error:  # a driver may raise anything; the run's results must not be lost by its cleaning
            problem = f"PostgreSQL: {type(error).__name__}: {mask_text(str(error))[:200]}"
    return _archive(settings, ids, problem, speaks[0])


def _remove_rows(settings: Settings, ids: list[str], speaks: tuple[RezNet, ...]) -> Removal:
    from reznet_load.deployment.postgres_session import PostgresSession

    with PostgresSession(settings.database_url, _NAME, _STATEMENT_MS, read_only=False) as database:
        queries, named = speaks[0].queries, {"ids": ids}
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
        return 0, f"Redis: {type(error).__name__}: {mask_text(str(error))[:200]}"


def _archive(settings: Settings, ids: list[str], problem: str, dialect: RezNet) -> Removal:
    api, archived = Api(settings, patient=True), 0
    for number, channel in enumerate(ids):
        try:
            archived += api.call("DELETE", dialect.paths.channel.format(id=channel)).ok
        except TargetError as error:
            return Removal(archived=archived, left=len(ids) - number, problem=problem or str(error))
    return Removal(archived=archived, left=len(ids) - archived, problem=problem)


def remove_left_over(settings: Settings) -> Removal:
    """Remove what killed runs have left: found by name prefix in the database, else in the channel list."""
    ids: list[str] = []
    if settings.database_url:
        try:
            ids = _left_over_rows(settings.database_url)
        except Exception:  # unreachable: REST still knows the channels that are not archived
            ids = list(find_left_over(Api(settings)))
    else:
        ids = list(find_left_over(Api(settings)))
    return remove(settings, ids)


def _left_over_rows(url: str) -> list[str]:
    from reznet_load.deployment.postgres_session import PostgresSession

    with PostgresSession(url, _NAME, _STATEMENT_MS) as database:
        rows = database.execute(DEFAULT.queries.channels_named, (PREFIX + "%",)).fetchall()
    return [row[0] for row in rows if left_over({"name": row[1], "topic": row[2]})]

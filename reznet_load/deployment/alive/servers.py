"""Do PostgreSQL and Redis answer at the addresses that the user gave? Asked before the first user: a wrong address
should not cost a whole run.
"""

from __future__ import annotations

from collections.abc import Callable

from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.foreign_text import safe

_NAME = "reznet-load"
_STATEMENT_MS = 5_000


def silent_servers(settings: Settings) -> list[str]:
    """A sentence for each server that was named and does not answer. Waits at most 5 s for each, less if it answers."""
    named = (
        ("PostgreSQL", "DATABASE_URL", settings.database_url, _ask_postgres),
        ("Redis", "REDIS_URL", settings.redis_url, _ask_redis),
    )
    texts = []
    for title, variable, url, ask in named:
        if url and (why := _why_silent(ask, settings)):
            texts.append(
                f"{title} does not answer at {variable}: {why}. The run goes on, and what needs {title} is not measured."
            )
    return texts


def _why_silent(ask: Callable[[Settings], None], settings: Settings) -> str:
    """The first line of the driver's reason; "" if the server answers. A driver is imported only if it is needed."""
    try:
        ask(settings)
    except Exception as error:  # a driver may raise anything, and the run itself will report it
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return safe(lines[0], 200).rstrip(".")
    return ""


def _ask_postgres(settings: Settings) -> None:
    from reznet_load.deployment.postgres_session import PostgresSession

    PostgresSession(settings.database_url, _NAME, _STATEMENT_MS).close()


def _ask_redis(settings: Settings) -> None:
    from reznet_load.deployment.redis_servers import open_redis

    open_redis(settings, _NAME).close()

"""Do PostgreSQL and Redis answer at the addresses that the user gave? Asked before the first user: a wrong address
should not cost a whole run.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from reznet_load.core.errors import ReznetLoadError
from reznet_load.core.settings.settings import Settings

_NAME = "reznet-load"
_STATEMENT_MS = 5_000
# What a driver's message contains -> the reason in our words. A message is never quoted: it repeats parts of the address, and a
# password with an unexpected character can end up in any part.
_REASONS = {
    "refused": "the connection was refused",
    "timed out|timeout": "there was no answer in time",
    "resolve host|name or service|name resolution|nodename": "its host name is not known",
    "no route|unreachable": "its host cannot be reached",
    "password|authentic|wrongpass|noauth|no pg_hba": "it refused the user or the password",
    "database .* does not exist|db index": "it has no such database",
    "certificate|ssl|tls": "the TLS connection failed",
    "too many|slots": "it has no free connection",
}


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
    """The reason; "" if the server answers. A driver is imported only if it is needed."""
    try:
        ask(settings)
    except ReznetLoadError as error:  # our own words: a host that may not be loaded
        return str(error)
    except (TypeError, ValueError):  # redis, of a parameter that it does not know
        return "a part of the address cannot be used"
    except Exception as error:  # a driver may raise anything, and the run itself will report it
        said = str(error).lower()
        found = (reason for words, reason in _REASONS.items() if re.search(words, said))
        return next(found, type(error).__name__)
    return ""


def _ask_postgres(settings: Settings) -> None:
    from reznet_load.deployment.postgres_session import PostgresSession

    PostgresSession(settings.database_url, _NAME, _STATEMENT_MS).close()


def _ask_redis(settings: Settings) -> None:
    from reznet_load.deployment.redis_servers import open_redis

    open_redis(settings, _NAME).close()

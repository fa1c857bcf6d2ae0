"""PostgreSQL and Redis behind the backend, if a probe reached them: readings, and sentences on what they report."""

from __future__ import annotations

from typing import Any

from reznet_load.core import rows
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.report.parts import postgres_lines, redis_lines
from reznet_load.report.parts.blocks import row_line
from reznet_load.report.parts.server_facts import facts, servers
from reznet_load.report.view import View

_POSTGRES = (
    rows.DB_CONNECTIONS,
    rows.DB_ACTIVE,
    rows.DB_IDLE,
    rows.DB_IDLE_IN_TRANSACTION,
    rows.DB_LONGEST_IDLE,
    rows.DB_WAITING,
    rows.DB_ELSEWHERE,
    rows.DB_TRANSACTIONS,
    rows.DB_BUFFER_HITS,
    rows.POSTGRES_CPU,
    rows.PROCESS_MEMORY.of("postgres"),
)
_REDIS = (
    rows.CACHE_READ,
    rows.CACHE_GET,
    rows.CACHE_SET,
    rows.CACHE_MEMORY,
    rows.CACHE_KEYS,
    rows.CACHE_CLIENTS,
    rows.CACHE_EVICTIONS,
    rows.REDIS_CPU,
    rows.PROCESS_MEMORY.of("redis"),
)
OF_SERVERS = frozenset(row.key for row in (*_POSTGRES, *_REDIS))


def names(view: View) -> dict[str, Any]:
    """The values for the template `chat/servers.md.j2`."""
    return {
        "there": servers(view),
        "readings": [*_readings(view, "postgres", _POSTGRES), *_readings(view, "redis", _REDIS)],
        "statements": postgres_lines.statements(view),
        "analysis": _analysis(view),
    }


def _readings(view: View, probe: str, wanted: tuple[NamedRow, ...]) -> list[dict[str, str]]:
    """A line for each row of `wanted` that the probe read; empty if the probe did not reach its server."""
    if not facts(view, probe, "before"):
        return []
    return [row_line(row) | {"about": one.about} for one in wanted if (row := view.row(one.key)) is not None]


def _analysis(view: View) -> list[str]:
    work = " ".join(postgres_lines.work(view))
    found = [*postgres_lines.sessions(view), *([work] if work else []), *postgres_lines.hidden(view)]
    return [*found, *redis_lines.memory(view), *redis_lines.hidden(view)]

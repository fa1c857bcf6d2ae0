"""The PostgreSQL probe against a real server: figures, plans, sessions, and every way it can be refused."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from reznet_load.core.measured.measurement import RECORD
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.api import Api
from reznet_load.dialects.reznet import V1
from reznet_load.probes.probe import Notes, ProbeError
from reznet_load.probes.reznet import catalogue
from reznet_load.probes.reznet.postgres import RezNetPostgres


def seen(notes: Notes) -> dict[str, list[float]]:
    """Values by name."""
    packed, names = notes.take()
    rows = {n["row"]: n["name"] for n in names if "row" in n}
    found: dict[str, list[float]] = {}
    for at in range(0, len(packed), RECORD.size):
        _, value, _, row, _ = RECORD.unpack_from(packed, at)
        found.setdefault(rows.get(row, "named before"), []).append(value)
    return found


def test_the_postgres_probe_times_two_queries_and_reads_plans_and_sessions(stack: dict[str, Any]) -> None:
    notes = Notes()
    probe = RezNetPostgres(stack["database_url"], notes, Api(Settings(host=stack["url"])))
    before = probe.open()
    for task in probe.tasks():
        for _ in range(3):
            task.act(time.time())
    after = probe.close()
    values = seen(notes)
    assert all(0 < value < 1000 for name in ("agent list query", "message page query") for value in values[name])
    assert values["database connections"][0] >= 10 and values["database idle in transaction"][0] >= 0
    assert before["indexes_missing"] == [] and len(before["indexes"]) == len(V1.queries.indexes)
    assert after["pool"]["requests_num"] >= before["pool"]["requests_num"] > 0
    page = after["plans"]["message page"]
    assert page["indexes"] and page["rows_returned"] == 50 and page["rows_read"] >= 50 and page["ms"] > 0
    states = [
        values[f"database {state}"][0] for state in ("connections active", "connections idle", "idle in transaction")
    ]
    assert sum(states) <= values["database connections"][0] and values["database connections elsewhere"][0] >= 0
    assert after["deadlocks"] == 0 and after["hidden"] == before["hidden"] == {}


def test_the_postgres_probe_does_not_count_its_own_statements(stack: dict[str, Any]) -> None:
    probe = RezNetPostgres(stack["database_url"], Notes())
    probe.open()
    with psycopg.connect(stack["database_url"], autocommit=True) as database:
        before = catalogue.agent_list_calls(database, V1.queries).calls
        for task in probe.tasks():
            task.act(time.time())
        assert catalogue.agent_list_calls(database, V1.queries).calls == before
        database.execute("SELECT name FROM agents WHERE is_active ORDER BY created_at")
        assert before is not None and catalogue.agent_list_calls(database, V1.queries).calls == before + 1
    told = " ".join(one["query"] for one in probe.close()["statements"])
    assert "reznet_load_probe" not in told and "pg_stat" not in told


def test_the_postgres_probe_cannot_write(stack: dict[str, Any]) -> None:
    probe = RezNetPostgres(stack["database_url"], Notes())
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        probe._questions.connection("x").execute("UPDATE agents SET is_active = is_active")
    probe._questions.connection("x").close()


def test_a_dropped_index_is_reported_as_missing(stack: dict[str, Any]) -> None:
    with psycopg.connect(stack["database_url"]) as database:
        database.execute("DROP INDEX idx_agents_type")  # in a transaction that never ends well
        assert catalogue.indexes(database, V1.queries)["indexes_missing"] == ["idx_agents_type"]
        database.rollback()


@pytest.mark.parametrize("wrong", ["password", "port"])
def test_a_refused_address_gives_a_reason_without_its_password(stack: dict[str, Any], wrong: str) -> None:
    parts = urlsplit(stack["database_url"])
    url = {
        "password": f"postgresql://{parts.username}:not-the-password@127.0.0.1:{parts.port}/reznet",
        "port": f"postgresql://{parts.username}:not-the-password@127.0.0.1:1/reznet",
    }[wrong]
    with pytest.raises(ProbeError, match="DATABASE_URL: ") as refused:
        RezNetPostgres(url, Notes()).open()
    assert "not-the-password" not in str(refused.value)


def test_a_lost_connection_is_reported_and_opened_again(stack: dict[str, Any]) -> None:
    probe = RezNetPostgres(stack["database_url"], Notes())
    probe.open()
    task = probe.tasks()[0]
    task.act(time.time())
    with psycopg.connect(stack["database_url"], autocommit=True) as database:
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reznet-load-probe'"
        )
    with pytest.raises(ProbeError):
        task.act(time.time())
    task.act(time.time())
    assert probe.close()["plans"]

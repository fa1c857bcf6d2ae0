"""Probes of a PostgreSQL and a Redis that hold nothing of RezNet: real servers, a database and keys of another application."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from reznet_load.core.deployment import DeploymentFacts
from reznet_load.core.folder import write_info
from reznet_load.core.probes import PROBES
from reznet_load.core.settings.settings import Settings
from reznet_load.probes.postgres import PostgresProbe
from reznet_load.probes.probe import Notes, ProbedRun
from reznet_load.probes.process import made
from reznet_load.probes.redis import RedisProbe
from reznet_load.probes.reznet.postgres import RezNetPostgres
from reznet_load.probes.reznet.redis import RezNetRedis
from tests.builders import info
from tests.probes.test_postgres import seen

TRANSACTIONS = 200


@pytest.fixture
def spends(stack: dict[str, Any]) -> Iterator[str]:
    """A gateway's database, with a table that RezNet has not."""
    parts = urlsplit(stack["database_url"])
    url = parts._replace(path="/gateway").geturl()
    with psycopg.connect(stack["database_url"], autocommit=True) as database:
        database.execute("CREATE DATABASE gateway TEMPLATE template0")
        try:
            with psycopg.connect(url, autocommit=True) as own:
                own.execute("CREATE TABLE spends AS SELECT generate_series(1, 1000) AS id")
            yield url
        finally:
            database.execute("DROP DATABASE gateway WITH (FORCE)")


def test_sessions_transactions_and_pages_of_any_database_are_read(spends: str) -> None:
    probe = PostgresProbe(spends, notes := Notes())
    before = probe.open()
    look, count = (task.act for task in probe.tasks())
    with psycopg.connect(spends, autocommit=True) as application, psycopg.connect(spends) as idle:
        idle.execute("SELECT 1")
        count(0.0)
        began = time.monotonic()
        for _ in range(TRANSACTIONS):
            application.execute("SELECT count(*) FROM spends")
        time.sleep(1.5)  # PostgreSQL takes a backend's counts once a second
        application.execute("SELECT 1")
        look(0.0)
        count(0.0)
        seconds = time.monotonic() - began
    values, after = seen(notes), probe.close()
    assert values["database connections"][-1] == 2 and values["database idle in transaction"][-1] == 1
    assert 1000 < values["database longest idle in transaction"][-1] < 60_000
    assert TRANSACTIONS * 0.9 <= values["database transactions"][0] * seconds <= TRANSACTIONS * 1.1
    assert 0 < values["database buffer hits"][0] <= 100
    assert before["version"] and before["max_connections"] > 10 and "plans" not in before
    assert after["deadlocks"] == 0 and "plans" not in after and "indexes_unused" not in after


def test_an_idle_database_does_not_count_the_probes_own_transactions(spends: str) -> None:
    probe = PostgresProbe(spends, notes := Notes())
    probe.open()
    began = time.monotonic()
    for _ in range(30):
        for task in probe.tasks():
            task.act(0.0)
        time.sleep(0.1)
    seconds, rates = time.monotonic() - began, seen(notes)["database transactions"]
    probe.close()
    counted = sum(rates) / len(rates) * seconds
    assert counted < 20, f"{counted:.0f} of the 60 transactions that the probe itself made"


def test_a_session_waiting_for_a_lock_is_counted(spends: str) -> None:
    probe = PostgresProbe(spends, notes := Notes())
    probe.open()
    with psycopg.connect(spends) as first, psycopg.connect(spends, autocommit=True) as second:
        first.execute("LOCK TABLE spends")
        waiting = second.pgconn
        waiting.send_query(b"SELECT count(*) FROM spends")
        for _ in range(20):  # two seconds for PostgreSQL to begin with it
            probe.tasks()[0].act(0.0)
            time.sleep(0.1)
        first.rollback()
        while waiting.get_result():
            pass
    probe.close()
    assert seen(notes)["database waiting on locks"][-1] == 1


def test_any_redis_is_read_without_a_call_to_the_backend(stack: dict[str, Any]) -> None:
    notes = Notes()
    probe = RedisProbe(Settings(host="http://127.0.0.1:1", redis_url=stack["redis_url"]), notes)
    before = probe.open()
    look, round_trips = (task.act for task in probe.tasks())
    with redis.Redis.from_url(stack["redis_url"]) as client:
        client.ping()
        look(0.0)
        with redis.Redis.from_url(stack["redis_url"]) as another:
            another.ping()
            look(0.0)
        client.set("litellm:key", "x")
        client.get("litellm:key")
        client.delete("litellm:key")
        round_trips(0.0)
        look(0.0)
    values, after = seen(notes), probe.close()
    assert before["version"].startswith("Valkey") and values["cache GET"] and values["cache memory"][0] > 0
    assert values["cache clients"][1] == values["cache clients"][0] + 1
    assert after["hits"] >= 1 and not {"lifetimes", "invalidation", "cache"} & after.keys()


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("v1", (RezNetPostgres, RezNetRedis)),
        ("v2", (RezNetPostgres, RezNetRedis)),
        ("openai", (PostgresProbe, RedisProbe)),
        ("ag-ui", (PostgresProbe, RedisProbe)),
    ],
)
def test_the_dialect_decides_what_is_known_of_tables_and_keys(
    tmp_path: Path, dialect: str, expected: tuple[type, type]
) -> None:
    write_info(tmp_path, info(deployment=DeploymentFacts(dialect)))
    settings = Settings(dialect=dialect, database_url="postgresql://127.0.0.1:1/x", redis_url="redis://127.0.0.1:1/0")
    run = ProbedRun(tmp_path, settings, Notes())
    assert tuple(type(made(PROBES[name], run)) for name in ("postgres", "redis")) == expected

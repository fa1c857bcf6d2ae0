"""A server that is there but does not answer in time gives a failed sample, not silence."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import redis

from reznet_load.core.measured.measurement import RECORD
from reznet_load.core.rows import AGENT_LIST_QUERY, MESSAGE_PAGE_QUERY
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.redis_servers import RedisServers
from reznet_load.dialects.every import DEFAULT
from reznet_load.probes import catalogue
from reznet_load.probes.postgres_questions import PostgresQuestions
from reznet_load.probes.probe import Notes, ProbeTimeout
from reznet_load.probes.reznet import catalogue as of_reznet
from reznet_load.probes.reznet.postgres import RezNetPostgres
from reznet_load.probes.reznet.redis import RezNetRedis


class Slow:
    """A connection, or a client, that gives up."""

    closed = False
    took = 0.0

    def __init__(self, error: Exception) -> None:
        self._error = error

    def execute(self, *_: Any) -> Any:
        raise self._error

    execute_command = execute


def failures(notes: Notes) -> list[str]:
    """The text of each sample's failure."""
    packed, names = notes.take()
    texts = {name["error"]: name["text"] for name in names if "error" in name}
    return [texts[record[-1]] for record in RECORD.iter_unpack(packed)]


@pytest.mark.parametrize("error", [psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable])
def test_a_query_that_times_out_is_a_failure_of_its_row(error: type[psycopg.Error]) -> None:
    notes = Notes()
    probe = RezNetPostgres("postgresql://nobody@127.0.0.1:1/none", notes)
    probe._questions._open["agent list query"] = Slow(error("canceling statement due to statement timeout"))  # type: ignore[assignment]
    probe.queries()[AGENT_LIST_QUERY](time.time())
    assert failures(notes) == ["time-out: canceling statement due to statement timeout"]


def test_time_outs_of_count_and_plan_do_not_affect_the_rest_of_the_probe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def rows(_: PostgresQuestions, name: str, query: str, *values: object) -> list[tuple]:
        if name == "activity":  # seven counts, hidden sessions, the role, the marker
            return [(*[0] * 7, 0, "probe", 1)]
        asked.append(query)
        if len(asked) == 1:
            raise ProbeTimeout("time-out")
        return [("a channel", 10_000)]

    def plan(_: object, query: str, *values: object) -> dict:
        if "messages" in query:
            raise psycopg.errors.QueryCanceled
        return {"nodes": []}

    monkeypatch.setattr(PostgresQuestions, "rows", rows)
    monkeypatch.setattr(PostgresQuestions, "connection", lambda *_: SimpleNamespace(pooled=False))
    monkeypatch.setattr(RezNetPostgres, "count_statements", lambda *_: None)
    for name in ("totals", "server"):
        monkeypatch.setattr(catalogue, name, lambda _: {})
    monkeypatch.setattr(of_reznet, "indexes", lambda *_: {})
    monkeypatch.setattr(of_reznet, "plan", plan)
    probe = RezNetPostgres("postgresql://nobody@127.0.0.1:1/none", Notes())
    assert probe.open() == {"plans": {"agent list": {"nodes": []}}, "pool": {}, "hidden": {}}
    assert "LIMIT 10000" in asked[1] and MESSAGE_PAGE_QUERY in probe.queries()


def test_a_round_trip_that_times_out_is_a_failure_and_reported() -> None:
    notes = Notes()
    probe = RezNetRedis(Settings(redis_url="redis://127.0.0.1:1/0"), notes, DEFAULT)
    probe._redis._open = RedisServers(Slow(redis.TimeoutError("Timeout reading from socket")))
    with pytest.raises(ProbeTimeout):
        probe.round_trips(time.time())
    assert failures(notes) == ["time-out: no answer in time"]

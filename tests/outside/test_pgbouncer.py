"""A real PgBouncer in transaction mode in front of the target's PostgreSQL: as Debian configures it, and with options ignored."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.machine import free_port
from reznet_load.deployment.alive.hold import Hold
from reznet_load.deployment.postgres_session import PostgresSession
from reznet_load.deployment.traces import remove
from reznet_load.probes.probe import Notes
from reznet_load.probes.reznet.postgres import RezNetPostgres
from tests.probes.test_postgres import seen

pytestmark = pytest.mark.outside

_UNPRIVILEGED = 65534  # PgBouncer refuses to run as root
_CONFIG = """[databases]
* = host=127.0.0.1 port={port} user={user} password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
unix_socket_dir =
{more}
"""


def program() -> str:
    """The path of PgBouncer, of Debian's package where it is not there and may be installed."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    if shutil.which("pgbouncer", path=path) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-qq", "--no-install-recommends", "pgbouncer"], capture_output=True)
    return shutil.which("pgbouncer", path=path) or pytest.skip("no PgBouncer here, and it cannot be installed")


@pytest.fixture(params=["", "ignore_startup_parameters = options"], ids=["default", "options ignored"])
def pooled(request: pytest.FixtureRequest, stack: dict[str, Any], tmp_path: Path) -> Iterator[str]:
    """The URL of a pool with one connection to the target's database."""
    parts, listen = urlsplit(stack["database_url"]), free_port()
    file = tmp_path / "pgbouncer.ini"
    file.write_text(
        _CONFIG.format(
            port=parts.port, user=parts.username, password=parts.password, listen=listen, size=1, more=request.param
        )
    )
    account = {"user": _UNPRIVILEGED} if os.geteuid() == 0 else {}
    content = os.open(file, os.O_RDONLY)
    command = [program(), "-q", f"/proc/self/fd/{content}"]
    if account:
        os.chown(file, _UNPRIVILEGED, -1)
    running = subprocess.Popen(command, pass_fds=(content,), stderr=subprocess.DEVNULL, **account)  # type: ignore[call-overload]
    url = f"postgresql://{parts.username}@127.0.0.1:{listen}{parts.path}"
    try:
        for _ in range(50):
            try:
                psycopg.connect(url, connect_timeout=2).close()
                break
            except psycopg.OperationalError:
                assert running.poll() is None, "PgBouncer has ended"
                time.sleep(0.1)
        yield url
    finally:
        running.terminate()
        running.wait(10)
        os.close(content)


def test_the_probe_measures_through_it(pooled: str) -> None:
    probe = RezNetPostgres(pooled, notes := Notes())
    before = probe.open()
    for _ in range(8):  # psycopg prepares a statement at its sixth time
        for task in probe.tasks():
            task.act(time.time())
    after, values = probe.close(), seen(notes)
    assert before["hidden"] == after["hidden"] == {} and before["indexes_missing"] == []
    assert {"agent list", "message page", "deep page"} == after["plans"].keys()
    for row in ("agent list query", "message page query", "deep page query"):
        assert len(values[row]) == 8 and all(0 < value < 1000 for value in values[row])
    assert all(count >= 1 for count in values["database connections"]), "the pool's connection is the application's"


def test_limits_hold_through_it_and_end_with_their_transaction(pooled: str) -> None:
    with PostgresSession(pooled, "reznet-load-test", 200, 100) as session:
        assert session.pooled
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            session.execute("UPDATE agents SET is_active = is_active")
        began = time.perf_counter()
        with pytest.raises(psycopg.errors.QueryCanceled):
            session.execute("SELECT pg_sleep(5)")
        assert time.perf_counter() - began < 2
        untouched(pooled)


def untouched(url: str) -> None:
    """The next client of the same server connection, the application, finds nothing that was set by us."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as application:
        for limit, value in (("statement_timeout", "0"), ("lock_timeout", "0"), ("transaction_read_only", "off")):
            assert application.execute(f"SHOW {limit}").fetchone() == (value,)  # type: ignore[arg-type]


def test_channels_are_removed_through_it(pooled: str, stack: dict[str, Any]) -> None:
    channel = str(uuid.uuid4())
    with psycopg.connect(stack["database_url"], autocommit=True) as database:
        database.execute("INSERT INTO channels (id, name) VALUES (%s, 'reznet-load-pooled')", (channel,))
        removal = remove(Settings(host=stack["url"], database_url=pooled), [channel])
        assert (removal.channels, removal.left) == (1, 0), removal
        assert database.execute("SELECT count(*) FROM channels WHERE id = %s", (channel,)).fetchone() == (0,)
    untouched(pooled)


def test_no_lock_is_taken_through_it(pooled: str, stack: dict[str, Any]) -> None:
    held = Hold(Settings(host=stack["url"], database_url=pooled), "20260101T000000-ab12")
    held.end()
    assert held.sign is None
    assert held.text.startswith("by new messages in its channels alone; not by DATABASE_URL: a pooler stands in front")
    with psycopg.connect(stack["database_url"]) as database:
        row = database.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()
        assert row == (0,), "none is left in the pool's session"

"""PostgreSQL and Redis as a distribution packages them, private instances on free ports in temporary folders."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

from reznet_load.core.system.machine import free_port

OLDEST_POSTGRES, OLDEST_REDIS = 15, 7
PASSWORD = "of-the-test-only"
_NOBODY = 65534  # PostgreSQL refuses to run as root


def postgres_programs() -> Path | None:
    """The folder of the newest packaged PostgreSQL that is new enough."""
    found = {int(p.parent.name): p for p in Path("/usr/lib/postgresql").glob("*/bin") if p.parent.name.isdigit()}
    newest = max(found, default=0)
    return found[newest] if newest >= OLDEST_POSTGRES and (found[newest] / "initdb").exists() else None


def redis_program() -> str | None:
    """A packaged Redis that is new enough."""
    path = shutil.which("redis-server")
    if path is None:
        return None
    said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"v=(\d+)", said)
    return path if version and int(version[1]) >= OLDEST_REDIS else None


def missing() -> str:
    """Why Debian's servers cannot be tested here; empty if they can."""
    lacks = [f"PostgreSQL {OLDEST_POSTGRES} (postgresql)"] if postgres_programs() is None else []
    lacks += [f"Redis {OLDEST_REDIS} (redis-server)"] if redis_program() is None else []
    return f"not installed on this machine: {', '.join(lacks)}" if lacks else ""


@contextmanager
def postgres() -> Iterator[str]:
    """A cluster with pg_stat_statements; its URL."""
    programs, port = postgres_programs(), free_port()
    assert programs is not None
    account = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="reznet-load-debian-", ignore_cleanup_errors=True) as home:
        data, secret = Path(home) / "data", Path(home) / "password"
        Path(home).chmod(0o755)
        data.mkdir(mode=0o700)
        secret.write_text(PASSWORD)
        secret.chmod(0o600)
        if account:
            os.chown(data, _NOBODY, _NOBODY)
            os.chown(secret, _NOBODY, _NOBODY)
        initdb = [
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            "reznet",
            "-A",
            "scram-sha-256",
            f"--pwfile={secret}",
        ]
        subprocess.run([*initdb, "--no-sync", "-E", "UTF8"], cwd=home, check=True, capture_output=True, **account)  # type: ignore[call-overload]
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off",
                    "shared_preload_libraries": "pg_stat_statements"}  # fmt: skip
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with _served(command, signal.SIGINT, home, **account):
            url = f"postgresql://reznet:{PASSWORD}@127.0.0.1:{port}/postgres"
            _wait(lambda: psycopg.connect(url, connect_timeout=2).close(), psycopg.OperationalError)
            yield url


@contextmanager
def redis_server() -> Iterator[tuple[str, int]]:
    """A Redis without a file; its URL and process."""
    program, port = redis_program(), free_port()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="reznet-load-debian-") as home:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", home]
        with _served(command, signal.SIGTERM, home) as pid:
            url = f"redis://127.0.0.1:{port}/0"
            with redis.Redis.from_url(url) as client:
                _wait(client.ping, redis.ConnectionError)
            yield url, pid


@contextmanager
def _served(command: list[str], stop: signal.Signals, home: str, **account: object) -> Iterator[int]:
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home, **account
    )  # type: ignore[call-overload]
    try:
        yield child.pid
    finally:
        child.send_signal(stop)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait(ready: Callable[[], object], refusal: type[Exception], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            ready()
            return
        except refusal:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)

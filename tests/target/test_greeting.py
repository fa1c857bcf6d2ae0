"""Who starts a target at a terminal can load it with all three addresses, and sees no password of a server of theirs."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

from tests.live.stack import environment


@contextmanager
def greeted(*words: str) -> Iterator[str]:
    """What a target prints at a terminal until it answers."""
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)  # PostgreSQL's account may enter it
        target = subprocess.Popen(
            [sys.executable, "-m", "reznet_load", "target", "--port", "0", "--messages", "100", *words],
            env=environment(TMPDIR=home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert target.stdout is not None
        try:
            lines: list[str] = []
            while not (lines and "REDIS_URL" in lines[-1]):
                lines.append(target.stdout.readline())
                assert lines[-1], "".join(lines)
            yield "".join(lines)
        finally:
            target.terminate()
            target.wait(20)
            target.stdout.close()


def pasted(lines: str) -> dict[str, str]:
    """The three addresses as a shell has them once the lines of `export` were pasted into it."""
    names = ("HOST", "DATABASE_URL", "REDIS_URL")
    exports = "\n".join(line for line in lines.splitlines() if line.startswith(("export", "#")))
    shell = "\n".join([exports, *(f'echo "${name}"' for name in names)])
    said = subprocess.run(["bash", "-ec", shell], capture_output=True, text=True, check=True, env=environment())
    return dict(zip(names, said.stdout.splitlines(), strict=True))


def test_a_target_prints_addresses_that_a_shell_takes_and_hides_those_that_it_was_given() -> None:
    with greeted() as printed:
        ours = pasted(printed)
        urllib.request.urlopen(f"{ours['HOST']}/api/health", timeout=5).close()
        with psycopg.connect(ours["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT count(*) FROM messages").fetchone() == (100,)
        with redis.Redis.from_url(ours["REDIS_URL"]) as client:
            assert client.ping()
        with greeted("--database-url", ours["DATABASE_URL"], "--redis-url", ours["REDIS_URL"]) as second:
            password = ours["DATABASE_URL"].split(":")[2].partition("@")[0]
            assert password in printed and password not in second
            assert "# DATABASE_URL is the one that you gave the target" in second
            assert pasted(second)["HOST"] != ours["HOST"] and not pasted(second)["DATABASE_URL"]

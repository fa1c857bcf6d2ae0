"""Debian's Prometheus, unpacked and not installed, as a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reznet_load.core.system.machine import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"


def program(home: Path) -> str | None:
    """Where it is; taken from Debian's package into `home` where it is missing. None where neither is possible."""
    if found := shutil.which("prometheus"):
        return found
    unpacked = home / "usr" / "bin" / "prometheus"
    if not unpacked.exists() and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        home.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "-qq", "prometheus"], cwd=home, capture_output=True, timeout=300)
        for package in home.glob("prometheus_*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(package), str(home)], check=True, timeout=120)
            package.unlink()
    return str(unpacked) if unpacked.exists() else None


class Prometheus:
    """One that scrapes each second; `ask` evaluates an expression."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api/v1/query"

    def ask(self, expression: str, at: float | None = None) -> list[tuple[dict[str, str], float]]:
        """(labels, value) of each series. Raises AssertionError with its words where the expression is wrong."""
        words = {"query": expression} | ({} if at is None else {"time": str(at)})
        try:
            with urllib.request.urlopen(f"{self._url}?{urllib.parse.urlencode(words)}", timeout=10) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{expression}: {error.read().decode()}") from None
        return [(one["metric"], float(one["value"][1])) for one in found["data"]["result"]]

    def wait(self, expression: str, good: Callable[[list[float]], bool], seconds: float) -> list[float]:
        """The values of `expression` once they are `good`."""
        deadline, values = time.monotonic() + seconds, []
        while time.monotonic() < deadline:
            values = [value for _, value in self.ask(expression)]
            if good(values):
                return values
            time.sleep(0.5)
        raise AssertionError(f"{expression} was {values} for {seconds:.0f} s")


@contextmanager
def running(binary: str, home: Path, scraped: int) -> Iterator[Prometheus]:
    """It scrapes 127.0.0.1:`scraped` once a second, with the rules of deploy/."""
    port = free_port()
    job = {"job_name": "reznet-load", "static_configs": [{"targets": [f"127.0.0.1:{scraped}"]}]}
    every = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config = home / "prometheus.yml"
    config.write_text(json.dumps({"global": every, "rule_files": [str(RULES)], "scrape_configs": [job]}))
    words = [
        f"--config.file={config}",
        f"--storage.tsdb.path={home / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (home / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([binary, *words], stdout=log, stderr=log)
    try:
        found, deadline = Prometheus(port), time.monotonic() + 30
        while True:
            try:
                found.ask("up")
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline, (home / "prometheus.log").read_text()
                time.sleep(0.2)
        yield found
    finally:
        process.terminate()
        process.wait(20)

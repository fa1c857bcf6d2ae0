"""The commands of deploy/kubernetes/run.yaml as processes: the document is on what stands for the volume.

Names that a cluster resolves are given as addresses of this machine, and the run is shorter; nothing else is changed.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from reznet_load.core.system.machine import free_port
from tests.deploy.test_deploy import ROOT, RUN
from tests.live.stack import environment, target
from tests.scraped import ScrapedPage, Scraper

pytestmark = pytest.mark.outside
SHORTER = {"--users=100": "--users=10", "--run-time=120s": "--run-time=15s"}


def command(kind: str, here: dict[str, str]) -> list[str]:
    """A container's command, with the names of a cluster as they are `here`."""
    (spec,) = (one["spec"]["template"]["spec"] for one in RUN if one["kind"] == kind)
    (container,) = spec["containers"]
    assert container["command"] == ["locust"]
    words = [SHORTER.get(word, word) for word in container["args"]]
    for name, place in here.items():
        words = [word.replace(name, place) for word in words]
    return [sys.executable, "-m", "locust", *words]


def test_a_run_as_the_manifest_starts_it_leaves_its_document_on_the_volume(tmp_path: Path) -> None:
    volume, metrics, workers = tmp_path / "volume", free_port(), free_port()
    with ExitStack() as stack:
        ready = stack.enter_context(target())
        here = {"http://backend:8000": ready["url"], "=/reports": f"={volume}", "=9646": f"={metrics}"}
        master = [*command("Job", here), f"--master-bind-port={workers}"]
        worker = [*command("Deployment", {"reznet-load-master": "127.0.0.1"}), f"--master-port={workers}"]
        pages = stack.enter_context(Scraper(f"http://127.0.0.1:{metrics}/metrics")).pages
        log = stack.enter_context((tmp_path / "master.log").open("wb"))
        processes = [subprocess.Popen(master, cwd=ROOT, env=environment(), stdout=log, stderr=log)]
        stack.callback(lambda: [one.kill() for one in processes if one.poll() is None])
        for _ in range(2):
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            processes.append(subprocess.Popen(worker, cwd=ROOT, env=environment(), **quiet))
        code = processes[0].wait(180)
    said = (tmp_path / "master.log").read_text()
    assert code == 0, said
    assert list(volume.rglob("PERFORMANCE_TEST_RESULTS.md")) and list(volume.rglob("result.json"))
    assert max(ScrapedPage(page).value("users") or 0 for page in pages) == 10

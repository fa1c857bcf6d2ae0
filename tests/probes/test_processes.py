"""Processes by who listens on a port, by id, and what is said of those that cannot be seen."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.machine import free_port
from reznet_load.probes.probe import Notes, ProbeError
from reznet_load.probes.processes import ProcessProbe, listener, sockets
from tests.probes.test_postgres import seen


def test_the_three_servers_are_found_by_their_ports(stack: dict[str, Any]) -> None:
    notes = Notes()
    settings = Settings(host=stack["url"], database_url=stack["database_url"], redis_url=stack["redis_url"])
    probe = ProcessProbe(settings, notes)
    pids = stack["pids"]
    assert probe.open()["watched"] == {name: pids[name] for name in ("target", "postgres", "redis")}
    (task,) = probe.tasks()
    task.act(time.time())
    values = seen(notes)
    assert (
        20 < values["target memory"][0] < 2000
        and values["postgres threads"][0] > 3
        and values["redis open files"][0] > 3
        and values["target sockets"][0] >= 11  # its pool alone has ten
    )
    assert all(0 <= values[f"{name} waiting for a core"][0] <= 100 for name in pids if name in ("target", "redis"))


def test_sockets_and_files_are_counted_separately() -> None:
    me = psutil.Process(os.getpid())
    before, files = sockets(me), me.num_fds()
    pair = socket.socketpair()
    with pair[0], pair[1], tempfile.TemporaryFile():
        assert sockets(me) == before + 2 and me.num_fds() == files + 3
    assert sockets(me) == before


def test_a_target_on_another_host_gives_a_reason_that_names_the_option() -> None:
    with pytest.raises(ProbeError, match="--pid"):
        ProcessProbe(Settings(host=f"http://127.0.0.1:{free_port()}"), Notes()).open()
    assert listener("http://192.0.2.1:80") is None and listener("http://[::1:x") is None


def test_a_process_that_has_ended_is_reported() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    probe = ProcessProbe(Settings(host="http://127.0.0.1:1", pid=child.pid), Notes())
    assert probe.open()["watched"] == {"target": child.pid}
    child.kill()
    child.wait()
    with pytest.raises(ProbeError, match="has ended"):
        probe.tasks()[0].act(time.time())


def test_values_hidden_by_another_user_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: psutil.Process) -> int:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "num_fds", denied)
    notes = Notes()
    probe = ProcessProbe(Settings(host="http://127.0.0.1:1", pid=os.getpid()), notes)
    probe.open()
    probe.tasks()[0].act(time.time())
    values = seen(notes)
    assert "target memory" in values and "target open files" not in values


def test_a_port_that_is_held_by_a_forwarder_is_not_the_target(tmp_path: Path) -> None:
    """As docker-proxy holds the port of a container: its few megabytes would pass for the backend's memory."""
    forwarder, port = tmp_path / "docker-proxy", free_port()
    forwarder.symlink_to(Path(sys.executable).resolve())
    listen = (
        f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); print('up', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([str(forwarder), "-I", "-c", listen], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None and child.stdout.readline() == b"up\n"
        with pytest.raises(ProbeError, match="held by docker-proxy, which only forwards"):
            ProcessProbe(Settings(host=f"http://127.0.0.1:{port}"), Notes()).open()
    finally:
        child.kill()
        child.wait()


def test_the_targets_workers_are_included_and_the_largest_one_gives_its_memory() -> None:
    """A master that forks, as uvicorn --workers does: alone it computes nothing and needs next to nothing."""
    large = "import time; x = bytearray(b'1') * 200_000_000; print(1, flush=True); time.sleep(60)"
    master = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", master, large], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None and child.stdout.readline() == b"1\n"
        notes = Notes()
        probe = ProcessProbe(Settings(host="http://127.0.0.1:1", pid=child.pid), notes)
        probe.open()
        probe.tasks()[0].act(time.time())
        assert 200 < seen(notes)["target memory"][0] < 300
    finally:
        for one in (*psutil.Process(child.pid).children(), psutil.Process(child.pid)):
            one.kill()
        child.wait()

"""A worker ends with its master: within 10 s after the master was killed, because its port then refuses connections.

A master that is only silent may come back with its machine or network: then Locust's own rule applies, a worker leaves
after one minute without a heartbeat.
"""

from __future__ import annotations

import os

import gevent
from gevent import socket
from locust.runners import WorkerRunner

from reznet_load.core.system import clock
from reznet_load.load.console import say

SILENT_SECONDS = 3.0  # Locust's master answers a heartbeat every second
REFUSALS = 3  # in a row, a second apart: a port that is bound again after a reset of the master refuses at most once
_LEAVE_SECONDS = 2.0  # for Locust to end by itself


def watch_master(runner: WorkerRunner) -> None:
    """Watch without end, in its own greenlet. Cost: one check per second, a connection only if the master is silent."""
    refused = 0
    while refused < REFUSALS:
        gevent.sleep(1.0)
        last = runner.last_heartbeat_timestamp
        silent = last is not None and clock.now() - last > SILENT_SECONDS
        refused = refused + 1 if silent and refuses(runner.master_host, runner.master_port) else 0
    say(
        f"reznet-load: the master at {runner.master_host}:{runner.master_port} is gone (connection refused): this worker ends",
        error=True,
    )
    gevent.spawn_later(_LEAVE_SECONDS, os._exit, 1)
    runner.environment.stop_timeout = 0.0  # nothing would receive what its users still measure
    runner.quit()


def refuses(host: str, port: int) -> bool:
    """Is nothing listening there? A machine or network that is down does not answer at all."""
    try:
        socket.create_connection((host, port), timeout=1.0).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False

"""A worker ends with its master: within 10 s of a master that was killed, as its port refuses connections then.

A master that is only silent may come back, when its machine or the link is there again: then Locust's own rule holds, a
worker leaves after 60 s without a heartbeat.
"""

from __future__ import annotations

import os

import gevent
from gevent import socket
from locust.runners import WorkerRunner

from reznet_load.core.system import clock
from reznet_load.load.console import say

SILENT_SECONDS = 3.0  # Locust's master answers a heartbeat every second
REFUSALS = 3  # in a row, a second apart: a port that is bound again after a reset of the master has at most one
_LEAVE_SECONDS = 2.0  # for Locust to end by itself


def watch_master(runner: WorkerRunner) -> None:
    """For ever, in a greenlet of its own. Cost: one look a second, a connection only where the master is silent."""
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
    runner.environment.stop_timeout = 0.0  # there is no receiver for what its users would still measure
    runner.quit()


def refuses(host: str, port: int) -> bool:
    """Does nothing listen there? A machine or a link that is away does not say so."""
    try:
        socket.create_connection((host, port), timeout=1.0).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False

"""The error that the generator adds to its measurements: an answer whose true time is known is read like users read
theirs.

A process on this machine (`beat.py`) sends its sending time ten times a second. A greenlet waits for it on the loop of
all users' sockets and reads the clock on arrival. The true time is 0, so all of the measured time is ours: bursts that
queue before their turn, which the loop's timers overtake and so cannot detect. Neither a slow backend nor a late `beat`
can affect it, because no user waits for them. Cost: ten reads of 8 bytes and ten samples a second.
"""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

from gevent import socket, subprocess

from reznet_load.core.rows import CALIBRATION_ERROR
from reznet_load.load.generator import beat
from reznet_load.load.record import Recorder

log = logging.getLogger(__name__)


def calibrate(
    recorder: Recorder, command: tuple[str, ...] = (sys.executable, "-I", "-S", str(Path(beat.__file__)))
) -> None:
    """Record `GAUGE calibration error` until `command` ends, which should not happen and is a warning in the log."""
    ours, theirs = socket.socketpair()
    child = subprocess.Popen(command, stdin=theirs.fileno(), start_new_session=True)
    theirs.close()
    try:
        while said := ours.recv(beat.MOMENT.size):
            late = time.clock_gettime(time.CLOCK_MONOTONIC) - beat.MOMENT.unpack(said)[0]
            recorder.gauge(CALIBRATION_ERROR, 1000 * late)
        log.warning("calibration ended: its process left with code %s", child.wait())
    finally:
        ours.close()
        child.kill()
        child.wait()

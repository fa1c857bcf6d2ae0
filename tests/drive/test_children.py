"""Our child processes end with us."""

from __future__ import annotations

import subprocess
import sys
import time

from reznet_load.core.system.machine import alive

# Starts a process and is gone the next moment, as by a Ctrl-C between the start and anybody's taking hold of it.
ABRUPT = """
import os, sys
from reznet_load.drive.children import Child
child = Child([sys.executable, "-c", "import time; time.sleep(60)"], os.environ, quiet=True, bound=True)
print(child.process.pid, flush=True)
os._exit(1)
"""


def test_a_bound_process_ends_with_its_parent() -> None:
    ended = subprocess.run([sys.executable, "-c", ABRUPT], capture_output=True, text=True, timeout=30)
    assert ended.stdout, ended.stderr
    pid, deadline = int(ended.stdout), time.monotonic() + 10
    while alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)

"""On a terminal: one live table, broken rows reported at once, and --stop-on-fail gives a correct early Fail."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.live.stack import environment, heed_hangup
from tests.schema import validate_result

pytestmark = [pytest.mark.live, pytest.mark.outside]  # half a minute


def on_terminal(words: list[str], environ: dict[str, str], limit: float = 120) -> tuple[int, str]:
    """(exit code, everything written) of a command on a terminal of 120 columns and 40 lines."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "reznet_load", *words],
        env=environment(TERM="xterm", **environ), stdin=subprocess.DEVNULL, stdout=its, stderr=its,
        start_new_session=True, preexec_fn=heed_hangup,
    )  # fmt: skip
    os.close(its)
    written, deadline = b"", time.monotonic() + limit
    try:
        while time.monotonic() < deadline and (came := os.read(ours, 65536)):
            written += came
    except OSError:  # its end
        pass
    os.close(ours)
    return process.wait(20), written.decode("utf-8", "replace")


def test_a_smoke_run_with_only_failed_turns_is_shown_reported_stopped_and_failed(
    tmp_path: Path, deployed: dict[str, str]
) -> None:
    words = ["smoke", "--users", "8", "--duration", "90s", "--stop-on-fail", "--timeout", "first-token=1ms"]
    began = time.monotonic()
    code, text = on_terminal([*words, "--reports", str(tmp_path)], deployed | {"NO_COLOR": "1"})
    assert code == 1, text
    assert time.monotonic() - began < 80
    assert text.count("\x1b[J") > 10 and "left" in text and "no success" in text and "\x1b[31m" not in text
    assert "BROKEN: no agent turn has succeeded for 20 s" in text and "FAIL: Stopped early: no agent turn" in text
    (result,) = tmp_path.rglob("2*/result.json")
    validate_result(result.read_text("utf-8"))
    for name in ("SUMMARY.md", "PERFORMANCE_TEST_RESULTS.md", "junit.xml", "report.html"):
        document = (result.parent / name).read_text("utf-8").lower()
        assert "stopped early" in document or "goes to its end" in document, name

"""Runs against a backend that misbehaves, a mode a fault: each ends in time, in little memory, with no secret in any file.

`make faults` prints a line for each: mode, exit code and outcome, seconds, peak memory of the largest process, what is left
(channels in the target, processes, temporary files), and files that have the secret.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.outside.watched_run import HEADING, Watched, hostile

pytestmark = pytest.mark.outside

FAILS, REFUSED = {1}, {2}  # exit codes; one failed turn of a short run proves nothing, and is 2 too
ENDS = {0, 1, 2, 3}
VOID = {3}  # inflating and reading as fast as it comes may be more than the generator can do in time
HARMLESS = {0, 2}  # 2: too few samples of a short run

# Mode -> exit codes that are right, and a text that the output or a document then has.
MODES: dict[str, tuple[set[int], str]] = {
    "redirect": (FAILS, "HTTP 302, redirect to"),
    "redirect-loop": (FAILS, "HTTP 302, redirect to"),
    "redirect,always": (REFUSED, "another host"),
    "redirect-loop,always": (REFUSED, "in a circle"),
    "redirect-post": (REFUSED, "307, redirect to"),
    "endless-headers": (FAILS, "head over 64 KB"),
    "endless-body": (FAILS, "no answer in time"),
    "fast-body": (FAILS, ""),
    "slow-body": (FAILS, "no answer in time"),
    "slow-headers": (FAILS, "no answer in time"),
    "never": (FAILS, "no answer in time"),
    "gzip-bomb": (FAILS, "body over 16 MB"),
    "ten-mb": (ENDS, ""),
    "deep-json": (FAILS, "not JSON"),
    "garbage": (FAILS, "HTTPParseError"),
    "garbage-body": (FAILS, "not JSON"),
    "half-open": (FAILS, "no answer in time"),
    "huge-number": (ENDS, ""),
    "echo-secret": (FAILS, "HTTP 500"),
    "evil-errors": (FAILS, "HTTP 500"),
    "evil-names": (ENDS, ""),
    "stream-secret": (FAILS | REFUSED, "error in stream"),
    "stream-evil": (FAILS | REFUSED, "error in stream"),
    "connect-error-secret": (ENDS, ""),
    "connect-error-evil": (ENDS, ""),
    "echo-secret-post": (REFUSED, "500"),
    "evil-post": (REFUSED, "500"),
    "huge-post": (REFUSED, "500"),
    "wrong-id": (REFUSED, "no other is used"),
    "evil-channel-id": (REFUSED, "no other is used"),
    "many-agents": (ENDS, ""),
    "many-channels": (ENDS, ""),
    "ws-redirect": (ENDS, ""),
    "ws-long-line": (ENDS, ""),
    "ws-endless-headers": (ENDS, ""),
    "ws-slow-headers": (ENDS, ""),
    "ws-never": (FAILS, "no upgrade within 3 s"),
    "ws-echo-status": (FAILS, "upgrade refused: HTTP 401"),
    "ws-garbage": (FAILS, "protocol error"),
    "sio-never": (FAILS, "no Socket.IO connect within 5 s"),
    "deep-sio": (FAILS, "not JSON"),
    "deflate-bomb": (FAILS | VOID, ""),
    "big-frame": (FAILS, "1099511627776 bytes, the limit is"),
    "flood": (FAILS | VOID, ""),
    "never-close": (HARMLESS, ""),
    "error-secret": (HARMLESS, ""),
    "other-channel": (FAILS | REFUSED, ""),
    "no-chunks": (FAILS | REFUSED, "no first token in time"),
    "no-final": (HARMLESS | FAILS, "stall: chunks stopped"),
    "only-final-text": (HARMLESS, ""),
    "after-final": (HARMLESS, ""),
    "dup-chunk": (HARMLESS, ""),
    "two-agents": (HARMLESS, ""),
    "two-same-agent": (HARMLESS, ""),
    "ten-mb-reply": (HARMLESS, ""),
}
NO_CHANNEL_OF_OURS = ("redirect-post", "echo-secret-post", "evil-post", "huge-post", "wrong-id", "evil-channel-id")
SMOKE = ("smoke", "--users", "6", "--mix", "rest=4,chat=1,agent=1", "--duration", "8s", "--ramp", "1s",
         "--timeout", "request=2", "--timeout", "connect=3")  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def heading() -> None:
    print(HEADING)


@pytest.mark.parametrize("mode", MODES)
def test_a_fault_ends_in_time_in_little_memory_and_leaks_nothing(mode: str, tmp_path: Path) -> None:
    codes, says = MODES[mode]
    with hostile("none", tmp_path) as other, hostile(mode, tmp_path, other.url) as backend:
        run = Watched(backend, tmp_path / "run", SMOKE).start().end()
        print(run.line(mode))
        assert not other.log.read_text()
        run.check(codes, says, channels=mode not in NO_CHANNEL_OF_OURS)
    for path, text in run.texts.items():
        if path.suffix == ".md":
            assert "<script" not in text and "\n# Injected" not in text, path

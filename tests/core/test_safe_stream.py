"""Lines on stderr and in Locust's log contain no secret and no terminal code."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reznet_load.cli import main
from reznet_load.core.text.safe_stream import SafeFormatter, SafeStream
from reznet_load.core.text.secrets import remember

SECRET = "a-key-of-no-other-test-5d0e"
BAD = f"{SECRET} \x1b]0;title\x07 postgresql://u:pass-of-a-url@h/d"


@pytest.fixture(autouse=True)
def known() -> None:
    remember(SECRET)


def is_safe(text: str) -> bool:
    return not any(one in text for one in (SECRET, "pass-of-a-url", "\x1b", "\x07"))


def test_a_line_written_in_pieces_is_made_safe_as_a_whole() -> None:
    below = io.StringIO()
    stream = SafeStream(below)
    for piece in ("begin ", BAD[:9], BAD[9:], "\n", "    kept  indentation\nlast"):
        stream.write(piece)
    stream.flush()
    assert below.getvalue().startswith("begin *** \\x1b]0;title\\x07 ") and is_safe(below.getvalue())
    assert below.getvalue().endswith("\n    kept  indentation\nlast")


def test_an_endless_line_is_written_in_parts() -> None:
    stream = SafeStream(below := io.StringIO())
    for _ in range(100):
        stream.write("x" * 10_000)
    assert len(stream._held) <= 80_000 and below.getvalue()


def test_a_log_line_with_its_traceback_is_made_safe() -> None:
    try:
        raise ValueError(BAD)
    except ValueError:
        record = logging.LogRecord("locust", logging.ERROR, "", 1, "%s", (BAD,), sys.exc_info())
    shown = SafeFormatter("%(message)s").format(record)
    assert is_safe(shown) and "Traceback" in shown and shown.count("\n") > 3


def test_an_error_of_our_own_is_printed_safe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise RuntimeError(BAD)

    monkeypatch.setattr("reznet_load.cli.build_parser", fail)
    before = sys.stderr
    assert main(["report", "x"]) == 2 and sys.stderr is before
    shown = capsys.readouterr().err
    assert "RuntimeError: ***" in shown and is_safe(shown)


OF_PYTEST = """
import pytest
from reznet_load.core.text.secrets import remember
remember({secret!r})
bad = {bad!r}

def test_that_fails():
    print("captured", bad)
    pytest.fail("failed: " + bad, pytrace=False)

def test_that_raises():
    raise ValueError("raised: " + bad)

def test_that_is_skipped():
    pytest.skip("skipped: " + bad)
"""


def test_the_suites_output_of_a_failed_test_is_safe(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(OF_PYTEST.format(secret=SECRET, bad=BAD))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-rs",
        "-p",
        "reznet_load.suite.conftest",
        "-p",
        "no:cacheprovider",
        str(tmp_path),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    shown = "".join(
        line for line in ended.stdout.splitlines(keepends=True) if "remember(" not in line and "bad = " not in line
    )
    for mark in ("captured ***", "failed: ***", "raised: ***", "skipped: ***"):
        assert mark in shown, shown
    assert is_safe(shown)


LOCUSTFILE = """
import logging, sys, gevent
from locust import User, events, task
from reznet_load.core.text.secrets import remember
remember({secret!r})
bad = {bad!r}

class One(User):
    @task
    def act(self):
        raise ValueError(bad)

@events.init.add_listener
def show(environment, **_):
    logging.getLogger("locust.runners").warning("a warning of Locust: %s", bad)
    gevent.spawn(lambda: 1 / 0 if not bad else (_ for _ in ()).throw(RuntimeError(bad)))
    print("print", bad, file=sys.stderr)
"""


def test_every_line_on_stderr_of_a_locust_process_is_safe(tmp_path: Path) -> None:
    (tmp_path / "file.py").write_text(LOCUSTFILE.format(secret=SECRET, bad=BAD))
    command = [
        sys.executable,
        "-m",
        "reznet_load.load.locust_process",
        "-f",
        str(tmp_path / "file.py"),
        "--skip-log-setup",
    ]
    command += ["--headless", "--only-summary", "-u", "1", "-t", "2s"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path, env=dict(os.environ))
    for mark in ("a warning of Locust: ***", "RuntimeError: ***", "print ***", "ValueError: ***"):
        assert mark in ended.stderr, ended.stderr
    assert is_safe(ended.stderr)

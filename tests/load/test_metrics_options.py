"""The options of /metrics: what is wrong is said before the first user."""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys

import pytest

from reznet_load.cli import main
from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.options import from_namespace
from reznet_load.core.settings.run_options import add_arguments
from reznet_load.core.settings.settings import Settings, from_environment, to_environment


def settings(*words: str) -> Settings:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return from_namespace(parser.parse_args(words), {})


def test_the_port_is_off_and_on_loopback_unless_it_is_asked_for() -> None:
    assert (settings().metrics_port, settings().metrics_host) == (0, "127.0.0.1")
    chosen = settings("--metrics-port", "9646", "--metrics-host", "0.0.0.0", "--metrics-linger", "1m")
    assert (chosen.metrics_port, chosen.metrics_host, chosen.metrics_linger) == (9646, "0.0.0.0", 60.0)
    assert from_environment(to_environment(chosen)) == chosen


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--metrics-port", "70000"], "--metrics-port: read 70000"),
        (["--metrics-host", "0.0.0.0"], "--metrics-host: no port is served"),
        (["--metrics-linger", "1h"], "--metrics-linger: read '1h', expected at most 10m"),
    ],
)
def test_a_wrong_option_names_the_right_form(words: list[str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        settings(*words)


def test_a_port_in_use_ends_the_run_before_the_first_user() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        words = ["-f", "locustfiles/smoke.py", "--headless", "--host", "http://127.0.0.1:9", "--metrics-port", port]
        ended = subprocess.run([sys.executable, "-m", "locust", *words], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2 and f"--metrics-port {port}: Address already in use" in ended.stderr


@pytest.mark.parametrize("command", ["duel", "perf"])
def test_commands_with_several_runs_refuse_a_metrics_port(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--metrics-port", "9646"]) == 2
    assert "--metrics-port: " in capsys.readouterr().err

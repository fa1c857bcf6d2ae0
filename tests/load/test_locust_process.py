"""Locust as we start it ignores configuration and modules of the current folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from reznet_load.core.system.python import own_environment, python

LOCUSTFILE = """
import sys
import redis
from locust import User, events

class Nothing(User):
    def on_start(self): ...

@events.init.add_listener
def show(environment, **_):
    options = environment.parsed_options
    print("users", options.num_users, "headless", options.headless, "redis", hasattr(redis, "Redis"), flush=True)
    sys.exit(0)
"""


def test_files_in_the_current_folder_and_the_environment_change_no_run(tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    (here / "locust.conf").write_text("users = 7\nheadless = true\n")
    (here / "pyproject.toml").write_text("[tool.locust]\nusers = 9\n")
    for name in ("redis", "locust", "psycopg"):
        (here / f"{name}.py").write_text("raise SystemExit('a file of the current folder was imported')\n")
    (elsewhere / "file.py").write_text(LOCUSTFILE)
    environ = own_environment(os.environ | {"LOCUST_USERS": "3", "LOCUST_HEADLESS": "true"})
    command = python("-m", "reznet_load.load.locust_process", "-f", str(elsewhere / "file.py"), "--headless")
    root = str(Path(__file__).resolve().parent.parent.parent)
    found = subprocess.run(
        command, cwd=here, env=environ | {"PYTHONPATH": root}, capture_output=True, text=True, timeout=60
    )
    assert "users None headless True redis True" in found.stdout, found.stdout + found.stderr

"""What a reader runs next: of another backend than RezNet the own command, with its host and model."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from reznet_load.core.deployment import DeploymentFacts
from reznet_load.core.system.resources import resource
from reznet_load.core.text.next_command import next_command
from reznet_load.verdict.remedies import longer, more_workers
from tests import builders

OPENAI = DeploymentFacts(dialect="openai")
LOAD = "reznet-load load --host http://127.0.0.1:4000 --model my-model"


@pytest.mark.parametrize(
    ("command", "scenario", "options", "found"),
    [
        (LOAD, "", {"duration": "5m"}, f"{LOAD} --duration 5m"),
        (f"{LOAD} --duration 12s --strict", "", {"duration": "5m"}, f"{LOAD} --strict --duration 5m"),
        (f"{LOAD} --duration=12s", "", {"duration": "5m"}, f"{LOAD} --duration 5m"),
        (LOAD, "stress", {}, LOAD.replace(" load ", " stress ")),
        (LOAD, "", {"thorough": ""}, f"{LOAD} --thorough"),
        (f"{LOAD} --thorough", "", {"thorough": ""}, f"{LOAD} --thorough"),
        ("locust -f l.py --host http://h -t 12s -u 5", "load", {"duration": "5m"}, "locust -f l.py --host http://h -u 5 -t 5m"),
        ("locust -f load.py --host http://h", "", {"duration": "5m"}, "locust -f load.py --host http://h --run-time 5m"),
        ("reznet-load load --header 'X: a *** b'", "", {"users": "5"}, "reznet-load load --header 'X: a *** b' --users 5"),
        ("reznet-load load --header 'X: ***", "", {"users": "5"}, "reznet-load load --header 'X: *** --users 5"),
        ("", "", {"duration": "5m"}, "make load"),
    ],
)  # fmt: skip
def test_it_is_the_command_of_the_run_with_other_options(
    command: str, scenario: str, options: dict[str, str], found: str
) -> None:
    info = builders.info(command=command, deployment=OPENAI)
    assert next_command(info, "make load", scenario, **options) == found
    own = next_command(builders.info(command=command), "make load", scenario, **options)
    assert own.startswith("make load USERS=5" if "-u 5" in command else "make load") and "--host" not in own


def test_make_keeps_the_host_and_the_users_of_the_run() -> None:
    command = "reznet-load load --users 20 --duration 20s"
    assert next_command(builders.info(command=command), "make load DURATION=5m") == "make load DURATION=5m USERS=20"
    own = builders.info(command=command, target="staging", host="http://staging:8000")
    assert longer(own) == "HOST=http://staging:8000 make load DURATION=5m USERS=20"


@pytest.mark.parametrize(
    ("options", "rest"),
    [
        ("--users 30 --duration 20s --nfr ../my.toml", " USERS=30 ARGS='--nfr ../my.toml'"),
        ("--target='--first-token 4s' --strict", " TARGET='--first-token 4s' ARGS=--strict"),
        ("--mix rest=1,agent=2 --ramp 5s --workers 2 --color never", " MIX=rest=1,agent=2 WORKERS=2"),
        ("--header 'Authorization: ***' --insecure", """ ARGS='--header '"'"'Authorization: ***'"'"' --insecure'"""),
        ("--prompts a$b.txt", """ ARGS='--prompts '"'"'a$$b.txt'"'"''"""),
        ("--header 'Authorization: ***", ""),
    ],
)
def test_make_keeps_what_was_tested_and_judged(options: str, rest: str) -> None:
    found = next_command(builders.info(command=f"reznet-load load {options}"), "make load DURATION=5m")
    assert found == f"make load DURATION=5m{rest}"
    ready = ["-n", "--no-print-directory", "-o", ".venv/.ready", "-C", str(resource("nfr.toml").parent)]
    dry = subprocess.run([*shlex.split(found), *ready], capture_output=True, text=True, check=True)
    left_out = {"--users", "30", "--duration", "20s", "--ramp", "5s", "--color", "never"}
    asked = shlex.split(options) if rest else []
    assert set(asked) - left_out <= set(shlex.split(dry.stdout)), dry.stdout


def test_remedies_name_no_make_target_that_would_start_a_reznet() -> None:
    info = builders.info(command=f"{LOAD} --duration 12s", deployment=OPENAI)
    assert longer(info) == f"{LOAD} --duration 5m"
    assert "(--workers 2)" in more_workers(info, {}, list(info.phases))
    assert "(WORKERS=2)" in more_workers(builders.info(), {}, list(info.phases))

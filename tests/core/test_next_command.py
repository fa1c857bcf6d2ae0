"""What a reader runs next: of another backend than RezNet the own command, with its host and model."""

from __future__ import annotations

import pytest

from reznet_load.core.deployment import DeploymentFacts
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
    assert own == ("make load USERS=5" if "-u 5" in command else "make load")


def test_make_keeps_the_host_and_the_users_of_the_run() -> None:
    command = "reznet-load load --users 20 --duration 20s"
    assert next_command(builders.info(command=command), "make load DURATION=5m") == "make load DURATION=5m USERS=20"
    own = builders.info(command=command, target="staging", host="http://staging:8000")
    assert longer(own) == "HOST=http://staging:8000 make load DURATION=5m USERS=20"


def test_remedies_name_no_make_target_that_would_start_a_reznet() -> None:
    info = builders.info(command=f"{LOAD} --duration 12s", deployment=OPENAI)
    assert longer(info) == f"{LOAD} --duration 5m"
    assert "(--workers 2)" in more_workers(info, {}, list(info.phases))
    assert "(WORKERS=2)" in more_workers(builders.info(), {}, list(info.phases))

"""Starts in the web UI that are refused, in an interpreter of its own: `refused_starts.py FOLDER`; prints what was seen.

Locust's real local runner and our real listeners; what a Start prepares is given here: an error, or a run folder.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
from locust import User, constant, task
from locust.env import Environment

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import TargetError
from reznet_load.core.money.bill import from_data
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.preflight import Deployment
from reznet_load.deployment.prepare import Prepared
from reznet_load.load import process_setup
from tests import builders

made = {"users": 0, "reports": 0}


class Idle(User):
    """Counts that it was made."""

    kind = "rest"
    wait_time = constant(60)

    def on_start(self) -> None:
        made["users"] += 1

    @task
    def nothing(self) -> None:
        """Waits."""


def refused() -> Any:
    raise TargetError("no answer from http://127.0.0.1:9")


def prepared(home: Path) -> Prepared:
    """A run folder as `deployment.prepare` makes it, of a deployment that receives no question."""
    folder = run_folder.create(home, "web", "abc1234")
    info = builders.info(id=folder.name, scenario="web", ended="", origin=None, phases=())
    run_folder.write_info(folder, info)
    return Prepared(folder, info, Deployment("v1", ("@alice",)), from_data({}))


def start(environment: Environment) -> None:
    """As the web UI does it."""
    runner = environment.runner
    assert runner is not None
    gevent.spawn(runner.start, 3, 3).join(5)
    if runner.spawning_greenlet is not None:
        runner.spawning_greenlet.join(5)
    gevent.sleep(0.1)  # users that were made begin in greenlets of their own


def look(environment: Environment, setup: process_setup.ProcessSetup) -> dict[str, Any]:
    assert environment.runner is not None
    notice = setup.shared.notice
    return {
        "state": environment.runner.state,
        "running": environment.runner.user_count,
        "refused": notice.refused,
        "old": notice.old,
        "waiting": notice.waiting,
        "folder": None if setup.shared.folder is None else setup.shared.folder.name,
    } | made


def main(folder: Path) -> None:
    environment = Environment(user_classes=[Idle])
    environment.create_local_runner()
    environment.stop_timeout = 1.0
    prepare: list[Callable[[], Any]] = [refused]
    process_setup.report = lambda *_: made.update(reports=made["reports"] + 1) or 0  # type: ignore[assignment,func-returns-value]
    setup = process_setup.ProcessSetup(environment, Settings(host="http://127.0.0.1:9", probes=()), gentle=True)
    setup.conduct(lambda: prepare[0]())
    seen = []
    for act in (refused, lambda: prepared(folder), refused):
        prepare[0] = act
        start(environment)
        seen.append(look(environment, setup))
        environment.runner.stop()  # type: ignore[union-attr]
        gevent.sleep(0.2)
        seen.append(look(environment, setup))
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""What a locustfile calls: `Shape = scenario("load", PLAN, USERS, PROBES)`, and the run is wired to Locust's events.

One path for all uses: `reznet-load load`, plain `locust -f`, the web UI, master and workers.
"""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from locust import User, events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import WorkerRunner

from reznet_load.core.errors import ReznetLoadError
from reznet_load.core.profile import Plan, Profile
from reznet_load.core.secrets import mask_words
from reznet_load.core.settings import options
from reznet_load.core.settings.settings import COMMAND, ENVIRONMENT, SUPERVISED, Settings, from_environment
from reznet_load.load.process_setup import ProcessSetup
from reznet_load.load.search import SearchShape
from reznet_load.load.shapes import ProfileShape


def scenario(
    name: str,
    plan: Plan,
    users: list[type[User]],
    probes: list[str],
    *,
    gentle: bool = True,
    interactive: bool = False,
    search: bool = False,
) -> type[ProfileShape] | None:
    """Wire a scenario to Locust. Returns the load shape the locustfile must hold; None when `interactive` (web UI).

    `search`: the plan's only setup is where a search for the capacity begins.
    """
    staged = ScenarioSetup(name, plan, users, probes, gentle, interactive)
    events.init_command_line_parser.add_listener(staged.on_parser)
    events.init.add_listener(staged.on_init)
    if interactive:
        return None
    return type(
        "Shape",
        (SearchShape if search else ProfileShape,),
        {"profile": plan.profile(), "__doc__": f"The profile of {name}."},
    )


class ScenarioSetup:
    """A scenario waiting for Locust's environment."""

    def __init__(
        self, name: str, plan: Plan, users: list[type[User]], probes: list[str], gentle: bool, interactive: bool
    ) -> None:
        self.name, self.plan, self.users, self.probes = name, plan, users, probes
        self.gentle, self.interactive = gentle, interactive

    def on_parser(self, parser: LocustArgumentParser, **_: Any) -> None:
        """Our options beside Locust's, unless somebody has chosen already."""
        if ENVIRONMENT not in os.environ:
            options.add_arguments(parser)

    def on_init(self, environment: Environment, runner: Any, web_ui: Any = None, **_: Any) -> None:
        """Locust is ready: put what users share into the environment, and begin and end runs with it."""
        try:
            settings = self.settings(environment)
            setup = ProcessSetup(environment, settings, self.gentle)
            self.choose_users(environment, settings)
            if isinstance(runner, WorkerRunner):
                setup.serve_as_worker(runner)
                return
            if self.interactive:
                setup.conduct(lambda: self.prepare_again(environment, setup))
            else:
                profile = self.profile(settings)
                environment.shape_class.profile = profile  # type: ignore[union-attr]
                prepared = self.prepare(environment, settings, profile)
                setup.conduct(lambda: prepared, profile)
        except ReznetLoadError as error:
            leave(str(error))

    def settings(self, environment: Environment) -> Settings:
        """From whoever started us, else from Locust's command line."""
        given = os.environ.get(ENVIRONMENT)
        settings = from_environment(given) if given else options.from_namespace(environment.parsed_options)
        if not settings.host and not isinstance(environment.runner, WorkerRunner):
            raise ReznetLoadError(
                "no host: give one with --host http://127.0.0.1:8000, or in the web UI's form before Start"
            )
        environment.host = settings.host
        return replace(settings, probes=tuple(name for name in self.probes if name in settings.probes))

    def profile(self, settings: Settings) -> Profile:
        """The plan with what the user asked for."""
        return self.plan.profile(settings.users, settings.duration, settings.ramp)

    def choose_users(self, environment: Environment, settings: Settings) -> None:
        """Only the kinds in the mix, with its weights."""
        chosen = []
        for user in self.users:
            user.weight = settings.mix.get(user.kind, 0)  # type: ignore[attr-defined]  # all of ours have a kind
            user.host = settings.host
            if user.weight:
                chosen.append(user)
        environment.user_classes = chosen  # type: ignore[assignment]
        environment.stop_timeout = environment.stop_timeout or 8.0

    def prepare_again(self, environment: Environment, setup: ProcessSetup) -> Any:
        """For each Start in the web UI, with the host and the number its form has now."""
        setup.shared.retarget(environment.host or "")
        asked = environment.runner.target_user_count if environment.runner else 0
        return self.prepare(environment, setup.shared.settings, self.plan.profile(asked or None))

    def prepare(self, environment: Environment, settings: Settings, profile: Profile) -> Any:
        """A run folder for a run that may start; says before the first user what it will do."""
        from reznet_load.deployment.prepare import announce, prepare

        command = os.environ.get(COMMAND) or shlex.join(["locust", *mask_words(sys.argv[1:])])
        prepared = prepare(settings, self.name, profile, command)
        for line in announce(prepared, settings):
            print(line, flush=True)
        if handoff := os.environ.get(SUPERVISED):
            Path(handoff).write_text(str(prepared.folder.resolve()))
        return prepared


def leave(text: str) -> NoReturn:
    """End this process before the first user: the text for the reader, exit 2."""
    print(f"reznet-load: {text}", file=sys.stderr, flush=True)
    os._exit(2)  # Locust turns an exception of its init event into a traceback

"""A locustfile calls `Shape = scenario("load", PLAN)`, which connects the run to Locust's events.

The same code serves all uses: `reznet-load load`, plain `locust -f`, the web UI, master and workers.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from locust import User, events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from reznet_load.core.errors import ConfigError, ReznetLoadError, in_words
from reznet_load.core.kinds import KINDS
from reznet_load.core.named import load_named
from reznet_load.core.probes import PROBES
from reznet_load.core.profile import Plan, Profile
from reznet_load.core.settings import options, run_options
from reznet_load.core.settings.settings import COMMAND, DOUBT, ENVIRONMENT, SUPERVISED, Settings, from_environment
from reznet_load.core.system.descriptors import BASE, check, limit, needed
from reznet_load.core.text.foreign_text import safe
from reznet_load.core.text.safe_stream import make_stderr_safe
from reznet_load.core.text.secrets import mask_words
from reznet_load.deployment.addresses import check_host
from reznet_load.deployment.streams.recognise import with_dialect
from reznet_load.load.arrivals import callers
from reznet_load.load.locust_clock import use_run_clock
from reznet_load.load.process_setup import ProcessSetup
from reznet_load.load.search import SearchShape
from reznet_load.load.shapes import ProfileShape
from reznet_load.load.workers.terms import Terms, terms_of

# The tab of the web UI, by name, because it is on a higher floor; a locustfile has it by default.
_TAB = "reznet_load.web.requirements:requirements_tab"
_DUEL = "reznet_load.load.duel.scenario:DuelScenario"  # by name, because it imports this file


def scenario(
    name: str,
    plan: Plan,
    users: Sequence[type[User]] | None = None,
    probes: Sequence[str] | None = None,
    *,
    without: Sequence[str] = (),
    gentle: bool = True,
    interactive: bool = False,
    search: bool = False,
    duel: bool = False,
) -> type[ProfileShape] | None:
    """Connect a scenario to Locust, with the tab in its web UI.

    Returns the load shape that the locustfile must hold; None when `interactive` (web UI).

    users     classes; None: every kind of `core.kinds`, which the locustfile then has under their names, because Locust
              searches for classes there. Only those run that can drive the backend's dialect
    probes    names; None: every one of `core.probes`
    without   names of probes to leave out
    gentle    channels are created a few at a time before the first user, not by the users when they arrive
    search    the plan's only stage is where a search for the capacity begins
    duel      two deployments at once; started only by `reznet-load duel`
    """
    use_run_clock()
    make_stderr_safe()
    if users is None:
        users = [load_named(name) for kind in KINDS.values() for name in kind.classes]
        _caller().update((user.__name__, user) for user in users)
    chosen = [probe for probe in _known_probes(PROBES if probes is None else probes) if probe not in without]
    _known_probes(without)
    kind = load_named(_DUEL) if duel else ScenarioSetup
    setup = kind(name, plan, users, chosen, gentle, interactive)
    events.init_command_line_parser.add_listener(setup.on_parser)
    events.init.add_listener(setup.on_init)
    load_named(_TAB)()
    if interactive:
        return None
    return type(
        "Shape",
        (SearchShape if search else ProfileShape,),
        {"profile": plan.profile(), "__doc__": f"The profile of {name}."},
    )


def _caller() -> dict[str, Any]:
    """The namespace of the locustfile that calls `scenario`; enum and namedtuple find their module in the same way."""
    return sys._getframe(2).f_globals


def _known_probes(names: Iterable[str]) -> list[str]:
    """Return `names`; exit if one is not a probe, because it would be missing silently."""
    listed = list(names)
    for name in listed:
        if name not in PROBES:
            leave(f"probes of the locustfile: read {name!r}, expected some of {', '.join(PROBES)}")
    return listed


class ScenarioSetup:
    """A scenario waiting for Locust's environment."""

    def __init__(
        self,
        name: str,
        plan: Plan,
        users: Sequence[type[User]],
        probes: Sequence[str],
        gentle: bool,
        interactive: bool,
    ) -> None:
        self.name = name
        self.plan = plan
        self.users = users
        self.probes = probes
        self.gentle = gentle
        self.interactive = interactive

    def on_parser(self, parser: LocustArgumentParser, **_: Any) -> None:
        """Add our options to Locust's, unless our own command has chosen the settings."""
        if ENVIRONMENT not in os.environ:
            run_options.add_arguments(parser)

    def on_init(self, environment: Environment, runner: Any, web_ui: Any = None, **_: Any) -> None:
        """Locust is ready: put what users share into the environment, and connect the start and end of runs."""
        try:
            settings = self.settings(environment)
            setup = ProcessSetup(environment, settings, self.gentle)
            self.choose_users(environment, settings)
            if isinstance(runner, WorkerRunner):
                setup.serve_as_worker(runner, self.terms(settings))
                return
            setup.open_metrics()
            if isinstance(runner, MasterRunner):
                setup.admit_workers(runner, self.terms(settings), self.interactive)
            if self.interactive:
                setup.conduct(lambda: self.prepare_again(environment, setup))
            else:
                profile = self.profile(settings)
                environment.shape_class.profile = profile  # type: ignore[union-attr]
                prepared = self.prepare(environment, settings, profile)
                setup.conduct(lambda: prepared, profile)
        except (ReznetLoadError, OSError) as error:
            leave(in_words(error))

    def settings(self, environment: Environment) -> Settings:
        """Settings from the process that started us, else from Locust's command line."""
        given = os.environ.get(ENVIRONMENT)
        settings = from_environment(given) if given else options.from_namespace(environment.parsed_options)
        if not settings.host and not isinstance(environment.runner, WorkerRunner):
            raise ReznetLoadError(
                "no host: give one with --host http://127.0.0.1:8000, or in the web UI's form before Start"
            )
        environment.host = settings.host
        if not given and not isinstance(environment.runner, WorkerRunner):
            check_host(settings)
            settings = with_dialect(settings)
        return self.with_probes(settings)

    def with_probes(self, settings: Settings) -> Settings:
        """`settings` with only the probes of this scenario."""
        return replace(settings, probes=tuple(name for name in self.probes if name in settings.probes))

    def terms(self, settings: Settings) -> Terms:
        """What master and workers must agree on."""
        return terms_of(settings, [user.__name__ for user in self.users])

    def profile(self, settings: Settings) -> Profile:
        """The plan's profile with the numbers that the user gave."""
        return self.plan.profile(settings.users, settings.duration, settings.ramp)

    def choose_users(self, environment: Environment, settings: Settings) -> None:
        """Keep only the kinds in the mix, with its weights. Raises ConfigError for a class whose kind is not in the
        table.
        """
        chosen = []
        for user in self.users:
            kind = getattr(user, "kind", None)
            if kind not in KINDS:
                raise ConfigError(f"{user.__name__}: its kind read as {kind!r}, expected one of {', '.join(KINDS)}")
            # A worker has every class: the master decides which run, and how many.
            fits = getattr(user, "streams", False) is not settings.drives_reznet
            user.weight = 1 if isinstance(environment.runner, WorkerRunner) else settings.mix.get(kind, 0) * fits
            user.host = settings.host
            if user.weight:
                chosen.append(user)
        if not chosen:
            raise ConfigError(
                f"--mix: none of its users is in this scenario, which has {', '.join(user.__name__ for user in self.users)}"
            )
        environment.user_classes = chosen  # type: ignore[assignment]
        environment.stop_timeout = environment.stop_timeout or 8.0

    def prepare_again(self, environment: Environment, setup: ProcessSetup) -> Any:
        """Prepare each Start in the web UI, with the host and the number in its form."""
        setup.shared.retarget(environment.host or "")
        asked = environment.runner.target_user_count if environment.runner else 0
        return self.prepare(environment, setup.shared.settings, self.plan.profile(asked or None))

    def check_descriptors(self, environment: Environment, settings: Settings, profile: Profile) -> None:
        """Raises ConfigError if the users of `profile` cannot all have sockets; workers report their limit when they
        join.
        """
        from reznet_load.deployment.prepare import share

        runner, options_ = environment.runner, environment.parsed_options
        mix, workers = share(settings.mix, profile.peak), getattr(options_, "expect_workers", 1) if options_ else 1
        if isinstance(runner, MasterRunner):
            check(BASE + 3 * workers, limit(), "the master")
        else:
            check(needed(mix, 1, callers(settings)), limit(), "the generator")

    def prepare(self, environment: Environment, settings: Settings, profile: Profile) -> Any:
        """Create the run folder of a run that may start; print before the first user what it will do."""
        from reznet_load.deployment.announce import announce
        from reznet_load.deployment.prepare import prepare

        self.check_descriptors(environment, settings, profile)
        command = os.environ.get(COMMAND) or shlex.join(["locust", *mask_words(sys.argv[1:])])
        prepared = prepare(settings, self.name, profile, command, os.environ.get(DOUBT, ""))
        for line in announce(prepared, settings, profile.judged):
            print(safe(line, 1000), flush=True)
        if handoff := os.environ.get(SUPERVISED):
            Path(handoff).write_text(str(prepared.folder.resolve()))
        return prepared


def leave(text: str) -> NoReturn:
    """End this process before the first user: prints the text for the reader, exit 2."""
    print(f"reznet-load: {safe(text, 4000, lines=True)}", file=sys.stderr, flush=True)
    os._exit(2)  # Locust prints an exception of its init event as a traceback

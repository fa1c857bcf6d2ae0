"""The scenario of a duel: two sides instead of one, and users in pairs."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ReznetLoadError, in_words
from reznet_load.core.profile import Profile
from reznet_load.core.settings.duel import DUEL, DuelSettings, DuelTerms, duel_from_environment
from reznet_load.core.settings.settings import DOUBT, SUPERVISED, Settings
from reznet_load.core.system import machine
from reznet_load.core.system.descriptors import check, limit, needed
from reznet_load.core.system.resources import resource
from reznet_load.core.text.foreign_text import safe
from reznet_load.load.arrivals import callers
from reznet_load.load.duel.duel_setup import DuelSetup, pass_on
from reznet_load.load.duel.duel_workers import DuelWorkers, serve_sides
from reznet_load.load.duel.side import DuelSide
from reznet_load.load.duel.user_pair import pair_class
from reznet_load.load.scenario import ScenarioSetup, leave

# Settings of a worker that was started by hand; the master sends the options of both sides before the first user.
_FROM_MASTER = DuelSettings(Settings(), Settings(), DuelTerms(seed=""))


class DuelScenario(ScenarioSetup):
    """Waits for Locust's environment, then sets up both sides."""

    def on_parser(self, *_: Any, **__: Any) -> None:
        """Add no options to Locust: the settings of a duel come only from `reznet-load duel`."""

    def on_init(self, environment: Environment, runner: Any, web_ui: Any = None, **_: Any) -> None:
        """Create and prepare both sides with the same profile. Exits with a message if that fails."""
        remote = DUEL not in os.environ
        if remote and not isinstance(runner, WorkerRunner):
            leave("a duel has two deployments: start it with reznet-load duel --a URL --b URL")
        try:
            duel = _FROM_MASTER if remote else duel_from_environment(os.environ[DUEL])
            profile = self.profile(duel.a)
            environment.host = duel.a.host
            environment.shape_class.profile = profile
            self.choose_users(environment, duel.a)
            sides = [
                DuelSide(environment, at, self.with_probes(one), duel.terms.seed) for at, one in enumerate(duel.sides)
            ]
            environment.user_classes = [pair_class(user, sides) for user in environment.user_classes]  # type: ignore[misc]
            if isinstance(runner, WorkerRunner):
                serve_sides(runner, sides, self.terms(duel.a))
                for name in ("test_stopping", "spawning_complete", "test_stop"):
                    pass_on(environment, sides, name)
                return
            workers = None
            if isinstance(runner, MasterRunner):
                workers = DuelWorkers(runner, self.terms(duel.a), sides[0].setup.shared, interactive=False)
            self.check_descriptors(environment, duel.a, profile)
            self._prepare(sides, profile, duel)
            DuelSetup(environment, sides, profile, workers, duel.terms.seed).conduct()
        except (ReznetLoadError, OSError) as error:
            leave(in_words(error))

    def check_descriptors(self, environment: Environment, settings: Settings, profile: Profile) -> None:
        """Can this process hold the sockets of both sides? Raises ConfigError."""
        from reznet_load.deployment.prepare import share

        if isinstance(environment.runner, MasterRunner):
            super().check_descriptors(environment, settings, profile)
            return
        both = {kind: 2 * users for kind, users in share(settings.mix, profile.peak).items()}
        check(needed(both, 1, 2 * callers(settings)), limit(), "the generator")

    def _prepare(self, sides: list[DuelSide], profile: Profile, duel: DuelSettings) -> None:
        """Create the folder of the duel with a folder for each side, and print what both sides will do.

        Raises ReznetLoadError or OSError; the folder is then removed.
        """
        from reznet_load.deployment.announce import announce
        from reznet_load.deployment.prepare import check as check_settings
        from reznet_load.deployment.prepare import prepare

        for side in sides:
            check_settings(side.settings)
        commit = machine.commit(resource("nfr.toml").parent)
        folder = run_folder.create(Path(duel.a.reports), self.name, commit)
        try:
            write_terms(folder, duel.terms)
            for side in sides:
                doubt = os.environ.get(DOUBT, "")
                side.prepared = prepare(side.settings, self.name, profile, duel.terms.command, doubt, folder, side.name)
                for line in announce(side.prepared, side.settings):
                    print(safe(f"{side.name}  {line}", 1000), flush=True)
        except (ReznetLoadError, OSError):
            shutil.rmtree(folder, ignore_errors=True)  # no user has started, so there is nothing to report
            raise
        if handoff := os.environ.get(SUPERVISED):
            Path(handoff).write_text(str(folder.resolve() / sides[0].name))


def write_terms(folder: Path, terms: DuelTerms) -> None:
    """Write `duel.json` into the folder of a duel."""
    run_folder.write_text(folder / run_folder.DUEL, json.dumps(asdict(terms), ensure_ascii=False, indent=1) + "\n")

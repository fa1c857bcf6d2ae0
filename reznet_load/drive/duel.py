"""`reznet-load duel`: two deployments under the same load at the same time; is B slower than A?"""

from __future__ import annotations

import shlex
import shutil
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError, ReznetLoadError, in_words
from reznet_load.core.kept.notes import RunNotes
from reznet_load.core.phases.pairs import SIDES
from reznet_load.core.run import EXIT_CODES
from reznet_load.core.settings.duel import DUEL, DuelSettings, DuelTerms, duel_to_environment
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.descriptors import check_target, raise_limit
from reznet_load.core.text.secrets import mask_words
from reznet_load.deployment.alive.servers import silent_servers
from reznet_load.drive.finish import measured, sweep, tidy, undo
from reznet_load.drive.locusts import JOIN_SECONDS, Locusts, RemoteWorkers
from reznet_load.drive.signals import Stopper
from reznet_load.drive.stack import Stack
from reznet_load.drive.whole_run import check_all, check_free

_USERS = 50


@dataclass(frozen=True, slots=True)
class Contender:
    """One side as the user named it: its settings, and the embedded target's options if it has no host."""

    settings: Settings
    target: str = ""


@dataclass(frozen=True, slots=True)
class DuelProcesses:
    """The processes that drive the users.

    workers   number of worker processes on this machine; 0 without `remote`: a single process
    remote    workers on other machines
    """

    workers: int = 0
    remote: RemoteWorkers = field(default_factory=RemoteWorkers)


def duel(
    a: Contender, b: Contender, terms: DuelTerms, processes: DuelProcesses, words: list[str], quiet: bool = False
) -> int:
    """Load both sides, compare and report; returns the exit code of the result. Raises ConfigError before the start.

    words   the command line as the user gave it
    quiet   Locust prints nothing
    """
    raise_limit()
    a, b = _checked(a, b, processes.remote)
    with ExitStack() as stack:
        stopper = stack.enter_context(Stopper())
        prepared = _started(stack, (a, b), replace(terms, command=shlex.join(mask_words(words))))
        for name, settings in zip(SIDES, prepared.sides, strict=True):
            for text in silent_servers(settings):
                print(f"{name}: {text}", flush=True)
        doubts = {
            name: sweep(settings) if settings.drives_reznet else ""
            for name, settings in zip(SIDES, prepared.sides, strict=True)
        }
        doubt = " ".join(f"{name}: {text}" for name, text in doubts.items() if text)
        more = {DUEL: duel_to_environment(prepared)}
        locusts = Locusts(
            "duel",
            prepared.a,
            prepared.terms.command,
            processes.workers,
            remote=processes.remote,
            quiet=quiet,
            doubt=doubt,
            more=more,
        )
        stack.callback(locusts.close)
        stopper.graceful = True
        locusts.start()
        if processes.remote.count:
            print(how_to_join(processes.remote), flush=True)
        code = locusts.wait(stopper)
        stopper.graceful = False
        stopper.over = True
        if locusts.folder is None:
            return EXIT_CODES["interrupted" if stopper.asked else "unjudged"]
        return _conclude(locusts.folder.parent, prepared, bool(stopper.asked), code)


def how_to_join(remote: RemoteWorkers) -> str:
    """The command that starts a worker on another machine, for the console."""
    workers = "1 worker" if remote.count == 1 else f"{remote.count} workers"
    command = (
        f"locust -f locustfiles/duel.py --worker --master-host ADDRESS-OF-THIS-MACHINE --master-port {remote.port}"
    )
    return f"waiting up to {JOIN_SECONDS} s for {workers} on port {remote.port}; for each, run there:\n  {command}"


def _checked(a: Contender, b: Contender, remote: RemoteWorkers) -> tuple[Contender, Contender]:
    """Both sides with the settings for the backend that answers. Raises ConfigError if they cannot be compared."""
    if remote.count:
        if not (a.settings.host and b.settings.host):
            raise ConfigError(
                "--remote-workers: the embedded target answers only on this machine; give --a and --b with addresses that "
                "other machines can reach"
            )
        check_free(remote.port, "--worker-port", "a free one")
    a, b = (_of_backend(name, side) for name, side in zip(SIDES, (a, b), strict=True))
    if a.settings.dialect != b.settings.dialect and not (a.settings.drives_reznet and b.settings.drives_reznet):
        spoken = [side.settings.dialect or "RezNet AI" for side in (a, b)]
        raise ConfigError(
            f"A is {spoken[0]} and B is {spoken[1]}: a duel compares two versions of the same kind of backend"
        )
    return a, b


def _of_backend(name: str, side: Contender) -> Contender:
    """`side` with the settings for the backend that answers. Its errors begin with the name of the side."""
    try:
        return replace(side, settings=check_all(side.settings))
    except ReznetLoadError as error:
        raise type(error)(f"{name}: {error}") from None


def _started(stack: ExitStack, sides: tuple[Contender, Contender], terms: DuelTerms) -> DuelSettings:
    """Both sides with their hosts; the embedded target is started for each side without a host."""
    found = []
    for name, side in zip(SIDES, sides, strict=True):
        settings = side.settings
        if not settings.host:
            check_target(settings.users or _USERS)
            print(f"{name}: starting the embedded target {side.target}".rstrip(), flush=True)
            settings = stack.enter_context(Stack(side.target)).settings(settings)
        found.append(_of_side(settings, name))
    a, b = found
    together = urlsplit(a.host).hostname == urlsplit(b.host).hostname
    return DuelSettings(a, b, replace(terms, together=together))


def _of_side(settings: Settings, name: str) -> Settings:
    """The settings of one side: half of --max-cost, its own trace file, and probes at random moments.

    With fixed periods the probes of one side would always ask second.
    """
    cost = settings.max_cost
    return replace(
        settings,
        max_cost=None if cost is None else cost / 2,
        trace=f"{settings.trace}.{name}" if settings.trace else "",
        scattered=True,
    )


def _conclude(folder: Path, duel: DuelSettings, interrupted: bool, code: int) -> int:
    """Clean up both sides, then report the result. An error while writing the report is printed."""
    from reznet_load.report.duel.publish import publish

    sides = [(folder / name, settings) for name, settings in zip(SIDES, duel.sides, strict=True)]
    if code and not interrupted and not any(measured(side) for side, _ in sides):
        for side, settings in sides:
            print(f"nothing was measured; clean-up of {side.name}: {undo(side, settings)}", flush=True)
        shutil.rmtree(folder)
        return EXIT_CODES["unjudged"]
    try:
        for side, settings in sides:
            if interrupted:
                RunNotes(side).update(interrupted=True)
            tidy(side, settings)
        return publish(folder, duel.a.templates, duel.a.summary)
    except OSError as error:
        print(
            f"reznet-load: the duel is over, but its report could not be written: {in_words(error)}. "
            f"Then run: reznet-load report {folder}",
            file=sys.stderr,
            flush=True,
        )
        return EXIT_CODES["unjudged"]


def is_duel(folder: Path) -> bool:
    """Is this the folder of a duel?"""
    try:
        return (folder / run_folder.DUEL).is_file()
    except OSError:  # not a valid file name
        return False

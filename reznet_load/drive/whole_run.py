"""Runs a load from start to end: target, Locust, clean-up, verdicts, document."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from reznet_load.chat.prompts import load as load_prompts
from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.core.kept.notes import RunNotes
from reznet_load.core.ready_target import ReadyTarget
from reznet_load.core.run import EXIT_CODES
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.descriptors import check_target, raise_limit
from reznet_load.core.text.secrets import mask_words
from reznet_load.deployment.addresses import check_host
from reznet_load.deployment.alive.servers import silent_servers
from reznet_load.deployment.prepare import check
from reznet_load.deployment.streams.recognise import with_dialect
from reznet_load.drive.finish import abandon, conclude, conclude_torn, finish, measured, sweep
from reznet_load.drive.locusts import Locusts
from reznet_load.drive.signals import Stopper
from reznet_load.drive.stack import Stack, starting

_USERS = {"smoke": 5}  # default users of scenarios other than 50
_PEAKS = {"stress": 4, "spike": 4}  # largest number of users as a multiple of the requested users

# Returns a context manager that is entered while users run; gets Locust and the embedded target (None without one).
Companion = Callable[[Locusts, ReadyTarget | None], AbstractContextManager[Any]]


def run(
    scenario: str,
    settings: Settings,
    target_options: str,
    workers: int,
    words: list[str],
    quiet: bool = False,
    alongside: Companion | None = None,
) -> int:
    """Run `scenario` and report it; returns the exit code. Raises ConfigError and TargetError before the first user.

    target_options   options of the embedded target
    workers          worker processes; 0: a single process
    words            the command line as the user gave it
    quiet            print no progress
    """
    raise_limit()
    settings = check_all(settings)
    ready: ReadyTarget | None = None
    with ExitStack() as stack:
        stopper = stack.enter_context(Stopper())
        if not settings.host:
            print(starting(target_options), flush=True)
            check_target((settings.users or _USERS.get(scenario, 50)) * _PEAKS.get(scenario, 1))
            target = stack.enter_context(Stack(target_options))
            settings, ready = target.settings(settings), target.ready
        _say(silent_servers(settings))
        doubt = sweep(settings) if settings.drives_reznet else ""
        settings = replace(settings, live=alongside is None)
        locusts = Locusts(scenario, settings, shlex.join(mask_words(words)), workers, quiet=quiet, doubt=doubt)
        stack.callback(locusts.close)
        stopper.graceful = True
        locusts.start()
        with alongside(locusts, ready) if alongside else nullcontext():
            code = locusts.wait(stopper)
        stopper.graceful = False
        stopper.over = True
        folder = locusts.folder
        if folder is None:
            return EXIT_CODES["unjudged"] if not stopper.asked else EXIT_CODES["interrupted"]
        if stopper.asked:
            RunNotes(folder).update(interrupted=True)
        if code == EXIT_CODES["unjudged"] and not measured(folder):  # refused during set-up, which printed why
            return abandon(folder, settings)
        if code == EXIT_CODES["void"]:
            return conclude_torn(folder, settings, locusts.notes())
        return conclude(folder, settings)  # Locust's own code counts any failed request; the verdicts decide


def _say(lines: list[str]) -> None:
    for line in lines:
        print(line, flush=True)


def check_all(settings: Settings) -> Settings:
    """Check all settings before anything is started; returns `settings` for the backend that answers.

    Raises ConfigError.
    """
    from reznet_load.report.render import check_templates

    if settings.drives_reznet:
        check(settings)
    if settings.host:
        check_host(settings)
    elif not settings.drives_reznet:
        raise ConfigError(
            f"--dialect {settings.dialect}: the embedded target speaks only RezNet; name your backend with --host"
        )
    settings = with_dialect(settings)
    if not settings.drives_reznet:
        check(settings)
    elif settings.model:
        raise ConfigError(
            f"--model: read {settings.model!r}, expected anthropic=NAME or openai=NAME: RezNet names its models itself"
        )
    load_prompts(Path(settings.prompts) if settings.prompts else None)
    check_templates(settings.templates)
    return settings


def web(settings: Settings, target_options: str, workers: int, port: int, words: list[str]) -> int:
    """Serve Locust's web UI on `port` until Ctrl-C; returns 0. Each Start and Stop there is a run with a report."""
    raise_limit()
    settings = check_all(settings)
    check_free(port, "--port", "a free one, like make web PORT=8090")
    with ExitStack() as stack:
        stopper = stack.enter_context(Stopper())
        if not settings.host:
            print(starting(target_options), flush=True)
            settings = stack.enter_context(Stack(target_options)).settings(settings)
        _say(silent_servers(settings))
        doubt = sweep(settings) if settings.drives_reznet else ""
        extra = ["--web-host", "127.0.0.1", "--web-port", str(port)]
        if settings.users:
            extra += ["--users", str(settings.users)]
        locusts = Locusts("web", settings, shlex.join(mask_words(words)), workers, extra, doubt=doubt)
        stack.callback(locusts.close)
        print(f"open http://127.0.0.1:{port} and press Start; Ctrl-C here ends it", flush=True)
        stopper.graceful = True
        locusts.start(headless=False)
        locusts.wait(stopper, limited=False)
        stopper.graceful = False
        stopper.over = True
        folder = locusts.folder
        if folder is not None and not (folder / run_folder.RESULT).exists():
            finish(folder, settings)  # the UI was ended during a run
    return EXIT_CODES["pass"]


def check_free(port: int, option: str, remedy: str) -> None:
    """Raises ConfigError, with `option` and `remedy` in its text, if another program uses `port` of this machine."""
    with socket.socket() as here:
        # Locust sets the same option, with which a port that was just closed is free
        here.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            here.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigError(f"{option} {port}: {error.strerror}; choose {remedy}") from None

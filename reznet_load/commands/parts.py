"""Plumbing commands: processes that accompany a run, started by hand, and finishing a run of plain Locust."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from reznet_load.commands import reports
from reznet_load.core.errors import ReznetLoadError
from reznet_load.core.folder import INFO
from reznet_load.core.run_files import read_info
from reznet_load.core.settings.settings import ENVIRONMENT, from_environment


def add(commands: argparse._SubParsersAction) -> None:
    """Add `target`, `provider`, `finish` and `probe`."""
    commands.add_parser("target", help="the embedded RezNet-compatible target in the foreground", add_help=False)
    commands.add_parser("provider", help="a simulated provider (OpenAI, Anthropic) alone, for gateways", add_help=False)
    reports.add_finish(commands)
    look = commands.add_parser("probe", help="read PostgreSQL, Redis and processes during a run")
    look.add_argument("run", type=Path, metavar="RUN", help="the run folder")
    look.set_defaults(act=probe)


def probe(options: argparse.Namespace, _: list[str]) -> int:
    """Probe until the process is asked to stop."""
    from reznet_load.probes.process import command

    read_info(options.run / INFO)  # an error must come before anything is written next to it
    return command(options.run, from_environment(os.environ.get(ENVIRONMENT)))


def target(words: list[str]) -> int:
    """Serve the embedded target; its options are its own, and it needs the extra."""
    try:
        from reznet_load.target.processes import command
    except ModuleNotFoundError as error:
        raise ReznetLoadError(f"the target needs {error.name}: install reznet-load[target]") from None
    return command(words)


def provider(words: list[str]) -> int:
    """Serve the provider simulator; its options are its own, and it needs the extra."""
    try:
        from reznet_load.target.simulate import command
    except ModuleNotFoundError as error:
        raise ReznetLoadError(f"the provider simulator needs {error.name}: install reznet-load[target]") from None
    return command(words)


OWN_OPTIONS = {"target": target, "provider": provider}  # commands that parse the rest of the line themselves

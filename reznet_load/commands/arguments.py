"""Arguments that several commands share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from reznet_load.commands.chosen_options import add_config
from reznet_load.core.errors import ConfigError
from reznet_load.core.settings import run_options


def add_deployment(group: argparse._ArgumentGroup) -> None:
    """Add the options for what is tested: a deployment, or the embedded target with its options."""
    group.add_argument(
        "--host",
        default=os.environ.get("HOST", ""),
        help="the deployment to test (default: $HOST, else the embedded target)",
    )
    group.add_argument(
        "--target",
        default="",
        metavar="OPTIONS",
        help="options of the embedded target in quotes, a single one as --target=--relay; see `reznet-load target --help`",
    )


def add_run_arguments(
    parser: argparse.ArgumentParser, commands: argparse._SubParsersAction, workers: int = 0, but: Sequence[str] = ()
) -> None:
    """Add the options of a run, also from a file (except those in `but`); `workers` is their default number."""
    add_config(parser, commands.choices, but)
    groups = run_options.groups_of(parser)
    add_deployment(groups.tested)
    group = groups.amount
    group.add_argument("--users", type=count, help="highest number of users")
    group.add_argument("--duration", metavar="TIME", help="length of each judged phase, like 60s or 5m")
    group.add_argument("--ramp", metavar="TIME", help="time in which the users arrive")
    group.add_argument(
        "--workers",
        type=worker_count,
        default=workers,
        metavar="N",
        help=f"worker processes (default {workers}; 0: one process)",
    )
    run_options.add_arguments(parser, groups)


STOP = "stop_on_fail"


def refuse_stop(options: argparse.Namespace, why: str) -> None:
    """Raises ConfigError if --stop-on-fail is given for a run whose purpose is to cause failures."""
    if options.stop_on_fail:
        raise ConfigError(f"--stop-on-fail: not for `{options.command}`, {why}; leave it out")


def count(text: str) -> int:
    """A number of users."""
    return whole(text, 1, 100_000)


def worker_count(text: str) -> int:
    """A number of worker processes."""
    return whole(text, 0, 64)


def port(text: str) -> int:
    """A TCP port."""
    return whole(text, 1, 65_535)


def whole(text: str, least: int, most: int) -> int:
    """A whole number within both. Raises ArgumentTypeError, which argparse turns into exit 2."""
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"read {text!r}, expected a whole number from {least} to {most}")
    return value

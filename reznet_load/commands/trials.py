"""Trials: runs in which the deployment itself is changed, by cutting off its parts or by another pool size."""

from __future__ import annotations

import argparse

from reznet_load.commands.arguments import STOP, add_run_arguments, refuse_stop
from reznet_load.core.phases.outages import PARTS
from reznet_load.core.settings import options as choices
from reznet_load.core.units import parse_duration


def add(commands: argparse._SubParsersAction) -> None:
    """Add `failures` and `pooling`."""
    _add_pooling(commands)
    summary = (
        "Redis, PostgreSQL and the provider each cut off under load and restored: what fails, how long recovery takes"
    )
    cut = commands.add_parser("failures", help=summary, description=summary)
    group = cut.add_argument_group("failures")
    group.add_argument(
        "--part", action="append", choices=tuple(PARTS), help="only these, in this order (default: all three)"
    )
    group.add_argument("--gone", default="10s", metavar="TIME", help="how long each part is away (default 10s)")
    group.add_argument(
        "--recovery", default="90s", metavar="TIME", help="how long each recovery is watched (default 90s)"
    )
    group.add_argument(
        "--hang",
        action="store_true",
        help="embedded target: connections stay open without data, instead of being refused",
    )
    for option, what in (("--cut", "cuts off"), ("--give-back", "restores")):
        text = f"with HOST: a shell command that {what} a part ({', '.join(PARTS)})"
        group.add_argument(option, action="append", default=[], metavar="PART=COMMAND", help=text)
    add_run_arguments(cut, commands, but=(STOP,))
    cut.set_defaults(act=failures)


def _add_pooling(commands: argparse._SubParsersAction) -> None:
    summary = "the same load over several sizes of the backend's connection pool, compared in one document"
    pool = commands.add_parser("pooling", help=summary, description=summary)
    group = pool.add_argument_group("pooling")
    group.add_argument(
        "--sizes", type=_sizes, default="2,5,10,20", metavar="N,N", help="pool sizes (default 2,5,10,20)"
    )
    group.add_argument(
        "--restart",
        default="",
        metavar="COMMAND",
        help="with HOST: a shell command that starts the backend with a pool of {size}",
    )
    add_run_arguments(pool, commands)
    pool.set_defaults(act=pooling)


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"read {text!r}, expected sizes like 2,5,10,20") from None


def pooling(options: argparse.Namespace, words: list[str]) -> int:
    """Make a run for each size, and compare them."""
    from reznet_load.drive.pooling import pooling as act

    settings = choices.from_namespace(options)
    return act(settings, options.sizes, options.restart, options.target, options.workers, ["reznet-load", *words])


def failures(options: argparse.Namespace, words: list[str]) -> int:
    """Cut parts off, restore them, judge the recovery."""
    from reznet_load.drive import failure_run as act
    from reznet_load.drive.cutting import parse_commands

    refuse_stop(options, "which cuts parts off")
    settings = choices.from_namespace(options)
    plan = act.OutagePlan(
        parts=tuple(dict.fromkeys(options.part)) if options.part else tuple(PARTS),
        before=act.BEFORE_SECONDS if settings.duration is None else settings.duration,
        gone=parse_duration(options.gone, "--gone"),
        watch=parse_duration(options.recovery, "--recovery"),
    )
    cuts, backs = parse_commands(options.cut, "--cut"), parse_commands(options.give_back, "--give-back")
    return act.failures(
        settings, plan, cuts, backs, options.hang, options.target, options.workers, ["reznet-load", *words]
    )

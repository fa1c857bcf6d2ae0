"""The command that proves the instrument right: a run for each fault of the target."""

from __future__ import annotations

import argparse

from reznet_load.commands.arguments import count
from reznet_load.core.errors import ConfigError
from reznet_load.core.settings.settings import Settings
from reznet_load.core.units import parse_duration

_BOTH = "both"


def add(commands: argparse._SubParsersAction) -> None:
    """Add `selftest`."""
    proof = commands.add_parser(
        "selftest", help="cause each fault of the embedded target in a run, and check that it is found"
    )
    proof.add_argument("faults", nargs="*", metavar="FAULT", help="only these (default: all)")
    proof.add_argument("--quick", action="store_true", help="a fast form of it, three minutes")
    proof.add_argument(
        "--duel",
        action="store_true",
        help="each fault as B of a duel: found on the rows that it touches, and on no other (2 minutes each)",
    )
    proof.add_argument(
        "--dialect", metavar="NAME", help=f"of the target, or {_BOTH} (default {_BOTH}; v1 with --quick or --duel)"
    )
    proof.add_argument("--users", type=count, help="users of each run (default 40; 20 with --duel)")
    proof.add_argument("--duration", metavar="TIME", help="judged seconds of each run (default 25s; 90s with --duel)")
    proof.set_defaults(act=selftest)


def selftest(options: argparse.Namespace, _: list[str]) -> int:
    """Returns 0 if every line is as expected."""
    from reznet_load.drive.selftest.duel_matrix import selftest_duel
    from reznet_load.drive.selftest.matrix import selftest as act
    from reznet_load.target.generation import GENERATIONS

    seconds = parse_duration(options.duration, "--duration") if options.duration else None
    every = tuple(GENERATIONS)
    chosen = options.dialect or (every[0] if options.quick or options.duel else _BOTH)
    if chosen not in (*every, _BOTH):
        raise ConfigError(f"--dialect: read {chosen!r}, expected one of {', '.join((*every, _BOTH))}")
    dialects = every if chosen == _BOTH else (chosen,)
    if options.duel and options.quick:
        raise ConfigError("--quick and --duel do not go together: leave one out, or name the faults")
    if options.duel:
        return selftest_duel(Settings(users=options.users, duration=seconds), options.faults, dialects)
    return act(Settings(users=options.users, duration=seconds), options.faults, options.quick, dialects)

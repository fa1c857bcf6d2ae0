"""`duel`: is B slower than A? Both under the same load at the same time."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from reznet_load.commands.arguments import STOP, count, port, refuse_stop, worker_count
from reznet_load.commands.chosen_options import add_config
from reznet_load.core.errors import ConfigError
from reznet_load.core.phases.pairs import SIDES
from reznet_load.core.settings import options as choices
from reznet_load.core.settings import run_options
from reznet_load.core.settings.duel import MARGIN, DuelTerms
from reznet_load.core.settings.settings import Settings
from reznet_load.core.units import parse_percent

if TYPE_CHECKING:
    from reznet_load.drive.duel import Contender

_SUMMARY = "load two versions at the same time: is B slower than A?"
# Options that each side may set: added to the common value, or replacing it.
_ADDED = {"header": "NAME:VALUE", "cookie": "NAME=VALUE", "socket_auth": "NAME=VALUE"}
_REPLACED = {"accounts": "FILE", "prometheus": "URL", "pid": "PID"}
_ADDRESSES = ("DATABASE_URL", "REDIS_URL")  # environment variables per side: DATABASE_URL_A, DATABASE_URL_B


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    command = commands.add_parser("duel", help=_SUMMARY, description=_SUMMARY, epilog=_EPILOG)
    group = command.add_argument_group("duel")
    for name in SIDES:
        letter = name.lower()
        group.add_argument(
            f"--{letter}",
            dest=f"host_{letter}",
            default="",
            metavar="URL",
            help=f"deployment {name} (default: the embedded target)",
        )
    for name in SIDES:
        group.add_argument(
            f"--target-{name.lower()}", default="", metavar="OPTIONS", help=f"options of the embedded target as {name}"
        )
    group.add_argument(
        "--aa", action="store_true", help="A against A: which difference this machine can show, and in how many minutes"
    )
    group.add_argument(
        "--margin",
        default=f"{MARGIN:g} %",
        metavar="PERCENT",
        help=f"a smaller slowdown does not fail (default {MARGIN:g} %%); a requirement's own `margin` comes first",
    )
    group.add_argument("--prove-no-worse", action="store_true", help="exit 1 unless B is proven not to be slower")
    group.add_argument(
        "--seed",
        default="",
        help="seed of the random draws; the same seed repeats the same questions (default: a new one each time)",
    )
    group.add_argument("--users", type=count, help="users on each side at the peak (default 50)")
    group.add_argument("--duration", metavar="TIME", help="length of the compared phase, like 180s or 10m (default 5m)")
    group.add_argument("--ramp", metavar="TIME", help="time until all users are there")
    group.add_argument(
        "--workers",
        type=worker_count,
        default=0,
        metavar="N",
        help="worker processes on this machine (default 0: one process)",
    )
    group.add_argument(
        "--remote-workers",
        type=worker_count,
        default=0,
        metavar="N",
        help="worker processes on other machines, started there with `locust -f locustfiles/duel.py --worker --master-host …`",
    )
    group.add_argument(
        "--worker-port", type=port, default=5557, metavar="PORT", help="where those connect to (default 5557)"
    )
    for field, form in (_ADDED | _REPLACED).items():
        for name in SIDES:
            flag, default = f"--{field.replace('_', '-')}-{name.lower()}", [] if field in _ADDED else ""
            group.add_argument(
                flag,
                action="append" if field in _ADDED else "store",
                default=default,
                metavar=form,
                help=f"as --{field.replace('_', '-')}, for {name} alone",
            )
    run_options.add_arguments(command)
    add_config(command, commands.choices, but=(STOP,))
    command.set_defaults(act=duel)


_EPILOG = "DATABASE_URL_A, DATABASE_URL_B, REDIS_URL_A and REDIS_URL_B name each side's servers; without a letter, those of both."


def duel(options: argparse.Namespace, words: list[str]) -> int:
    """Run both sides, compare, report."""
    from reznet_load.drive.duel import DuelProcesses
    from reznet_load.drive.duel import duel as act
    from reznet_load.drive.locusts import RemoteWorkers

    refuse_stop(options, "which compares two sides up to its end")
    if options.metrics_port:
        raise ConfigError(
            "--metrics-port: its page shows one run and judges it by its limits, a duel has two sides and judges neither; "
            "leave it out, or watch one deployment with `reznet-load load --host URL --metrics-port PORT`"
        )
    terms = DuelTerms(
        seed=options.seed or secrets.token_hex(4),
        margin=parse_percent(options.margin, "--margin"),
        prove_no_worse=options.prove_no_worse,
        strict=options.strict,
        same=options.aa,
    )
    a, b = contenders(options)
    processes = DuelProcesses(options.workers, RemoteWorkers(options.remote_workers, options.worker_port))
    return act(a, b, terms, processes, ["reznet-load", *words])


def contenders(options: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> tuple[Contender, Contender]:
    """Both sides. Raises ConfigError if only one is named."""
    from reznet_load.drive.duel import Contender

    given = {name: bool(getattr(options, f"host_{name}") or getattr(options, f"target_{name}")) for name in "ab"}
    if options.aa:
        if given["b"]:
            raise ConfigError("--aa: B is A again; give --a or --target-a alone, or leave --aa out")
        first = Contender(side_settings(options, "a", environ), options.target_a)
        return first, first
    if options.host_a and not given["b"]:
        raise ConfigError("--b: expected the deployment to compare with, --b URL; --aa runs A against A")
    if options.host_b and not given["a"]:
        raise ConfigError("--a: expected the deployment to compare with, --a URL")
    for name in "ab":
        if getattr(options, f"host_{name}") and getattr(options, f"target_{name}"):
            raise ConfigError(f"--target-{name}: only for the embedded target; leave out --{name} or --target-{name}")
    a, b = (Contender(side_settings(options, name, environ), getattr(options, f"target_{name}")) for name in "ab")
    return a, b


def side_settings(options: argparse.Namespace, side: str, environ: Mapping[str, str]) -> Settings:
    """The settings of side `a` or `b`: the common ones, with the side's own added or replacing them."""
    own = vars(options) | {"host": getattr(options, f"host_{side}")}
    for field in _ADDED:
        own[field] = [*own[field], *own[f"{field}_{side}"]]
    for field in _REPLACED:
        own[field] = own[f"{field}_{side}"] or own[field]
    own["pid"] = _whole(own["pid"], side)
    known = dict(environ)
    for name in _ADDRESSES:
        known[name] = environ.get(f"{name}_{side.upper()}", environ.get(name, ""))
    return choices.from_namespace(argparse.Namespace(**own), known)


def _whole(text: object, side: str) -> int:
    try:
        return int(str(text))
    except ValueError:
        raise ConfigError(
            f"--pid-{side}: read {text!r}, expected the number of a process, as `pgrep` prints it"
        ) from None

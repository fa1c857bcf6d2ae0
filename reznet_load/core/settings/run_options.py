"""The options of a run, in the groups of its help: what is tested, how much, what for, money, output."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass, fields

from reznet_load.core.settings import backend_options, metrics_options, provider_options, reach_options
from reznet_load.core.settings.arrivals import PROCESSES
from reznet_load.core.settings.mix import mix_text, think_text
from reznet_load.core.settings.networks import NETWORKS
from reznet_load.core.settings.settings import Timeouts

COLORS = ("auto", "always", "never")


@dataclass(frozen=True, slots=True)
class OptionGroups:
    """The groups of a help page, in order; a command adds its own options to them."""

    tested: argparse._ArgumentGroup
    amount: argparse._ArgumentGroup
    judged: argparse._ArgumentGroup
    money: argparse._ArgumentGroup
    output: argparse._ArgumentGroup


def groups_of(parser: argparse.ArgumentParser) -> OptionGroups:
    """Add the groups, empty, to `parser`."""
    return OptionGroups(
        tested=parser.add_argument_group("what is tested"),
        amount=parser.add_argument_group("how much"),
        judged=parser.add_argument_group("what for: what is measured and judged"),
        money=parser.add_argument_group("money"),
        output=parser.add_argument_group("output"),
    )


def timeout_names() -> list[str]:
    """The steps that `--timeout` takes."""
    return [one.name.replace("_", "-") for one in fields(Timeouts)]


def add_arguments(parser: argparse.ArgumentParser, groups: OptionGroups | None = None) -> None:
    """Add the options of a run that Locust does not have itself (it has host, users, run time and spawn rate)."""
    groups = groups or groups_of(parser)
    backend_options.add(groups.tested)
    _add_access(groups.tested)
    _add_amount(groups.amount)
    _add_judged(groups.judged)
    provider_options.add(groups.money)
    _add_output(groups.output)
    metrics_options.add(groups.output)


def _add_access(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--target-name", default=os.environ.get("TARGET_NAME", ""), help="the deployment's name in reports and history"
    )
    reach_options.add(group)
    group.add_argument(
        "--accounts",
        default="",
        metavar="FILE",
        help="test accounts, one JSON object a line: headers, cookies, socket_auth, or username and password",
    )
    group.add_argument(
        "--compression",
        choices=("on", "off"),
        default="on",
        help="offer permessage-deflate as browsers do (default on)",
    )


def _add_amount(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--mix",
        default="",
        metavar="KIND=N,…",
        help=f"users of each kind, as weights (default {mix_text()}; short form 24:12:14)",
    )
    group.add_argument(
        "--think", action="append", default=[], metavar="KIND=S", help=f"think times in seconds: {think_text()}"
    )
    group.add_argument(
        "--prompts",
        default="",
        metavar="FILE",
        help="questions for agents, one a line; `@agent` at the start chooses the agent",
    )
    group.add_argument(
        "--arrivals",
        default="",
        metavar="RATE",
        help="additional REST calls at this rate, like 20/s; they do not wait for each other's answers",
    )
    group.add_argument(
        "--arrival-process",
        choices=PROCESSES,
        default="",
        help="poisson: like many independent callers (default); constant: evenly",
    )
    group.add_argument(
        "--timeout", action="append", default=[], metavar="STEP=T", help=f"time-outs: {', '.join(timeout_names())}"
    )


def _add_judged(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--nfr",
        default="",
        metavar="FILE",
        help="your requirements: a block changes the shipped one with its id, or adds one",
    )
    group.add_argument("--strict", action="store_true", help="exit 1 on a Warning too")
    group.add_argument(
        "--stop-on-fail",
        action="store_true",
        help="end the run as a Fail if no operation of a required row succeeds for 20 s",
    )
    group.add_argument(
        "--pid", type=int, default=0, help="process id of the backend on this machine, if its port does not lead to it"
    )
    group.add_argument(
        "--prometheus", default="", metavar="URL", help="the backend's metrics page, if it runs on another host"
    )
    metrics_options.add_metric(group)
    group.add_argument(
        "--network",
        default="",
        metavar="NAMES",
        help="ask the providers over simulated networks too: all, or some of " + ", ".join(NETWORKS),
    )
    group.add_argument("--no-probes", action="store_true", help="read no PostgreSQL, Redis, provider or process")


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--reports", default="reports", metavar="DIR", help="where run folders go (default reports)")
    group.add_argument(
        "--templates", default="", metavar="DIR", help="your templates; each replaces the shipped one of its name"
    )
    group.add_argument("--trace", default="", metavar="FILE", help="each message and turn with its id, as JSON lines")
    group.add_argument(
        "--color",
        choices=COLORS,
        default="auto",
        help="colours (default auto: on a terminal, unless $NO_COLOR is set)",
    )
    add_summary(group)


def add_summary(group: argparse._ActionsContainer) -> None:
    """Add `--no-summary`."""
    group.add_argument(
        "--no-summary",
        action="store_true",
        help="on GitHub: write no job summary and no annotations",
    )

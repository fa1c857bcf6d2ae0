"""The performance suite: each part timed with one user and no load, by pytest, into the same document."""

from __future__ import annotations

import argparse

from reznet_load.commands.arguments import add_deployment, count
from reznet_load.commands.chosen_options import add_config
from reznet_load.core.errors import ConfigError
from reznet_load.core.settings import options as choices
from reznet_load.core.settings import run_options

# Options that make no sense with one user.
_OF_LOAD = (
    "stop_on_fail",
    "mix",
    "think",
    "trace",
    "no_probes",
    "arrivals",
    "arrival_process",
    "network",
    "pid",
    "prometheus",
    "metric",
    "metrics_port",
)


def add(commands: argparse._SubParsersAction) -> None:
    """Add `perf`."""
    summary = "the performance suite (pytest): one user, no load, every part timed alone, 4 minutes"
    suite = commands.add_parser("perf", help=summary, description=summary)
    add_config(suite, commands.choices, but=_OF_LOAD)
    group = suite.add_argument_group("suite")
    add_deployment(group)
    group.add_argument("--quick", action="store_true", help="leave out what needs a provider: 30 seconds")
    group.add_argument("--samples", type=count, metavar="N", help="at most N samples of each part; fewer prove less")
    group.add_argument("-k", dest="only", default="", metavar="EXPR", help="only the tests that pytest's -k selects")
    group.add_argument("--cov", action="store_true", help="coverage of reznet_load in htmlcov/; needs pytest-cov")
    run_options.add_arguments(suite)
    suite.set_defaults(act=perf)


def perf(options: argparse.Namespace, words: list[str]) -> int:
    """Replaces this process by pytest."""
    from reznet_load.drive.perf import perf as act

    for name in _OF_LOAD:
        if getattr(options, name, None):
            raise ConfigError(f"--{name.replace('_', '-')}: applies to load runs; the performance suite is one user")
    extra = [*(["--quick"] if options.quick else []), *(["-k", options.only] if options.only else [])]
    extra += ["--samples", str(options.samples)] if options.samples else []
    act(choices.from_namespace(options), options.target, extra, options.cov, ["reznet-load", *words])

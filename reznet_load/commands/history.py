"""Commands for "is it getting worse?": the runs so far, a pinned reference, two runs compared."""

from __future__ import annotations

import argparse
from pathlib import Path

from reznet_load.commands.arguments import whole
from reznet_load.core.errors import ConfigError, undamaged


def add(commands: argparse._SubParsersAction) -> None:
    """Add `history`, `baseline` and `compare`."""
    runs = commands.add_parser("history", help="the runs so far, each compared with earlier comparable ones")
    runs.add_argument("--target", default="", metavar="NAME", help="only runs against this target")
    runs.add_argument("--scenario", default="", metavar="NAME", help="only runs of this scenario")
    runs.add_argument("--last", type=_positive, default=20, metavar="N", help="how many (default 20)")
    runs.add_argument("--json", action="store_true", help="one line of JSON a run in place of the table")
    runs.set_defaults(act=history)
    pin = commands.add_parser(
        "baseline", help="pin a run: later ones like it (scenario, users, environment) are compared with it too"
    )
    pin.add_argument(
        "run", nargs="?", default="", metavar="RUN", help="a run folder or name; none: list what is pinned"
    )
    pin.add_argument("--unpin", action="store_true", help="take RUN out again")
    pin.set_defaults(act=baseline)
    two = commands.add_parser(
        "compare",
        help="compare run B with run A: is each requirement and row better or worse?",
        description="Exit code 0: no required requirement is worse; 1: one is; 2: nothing can be concluded, with the reason.",
    )
    two.add_argument("a", metavar="A", help="a run folder, its name, or reports/latest; or the CSVs of any Locust run")
    two.add_argument("b", metavar="B", help="the later run, in the same form")
    two.add_argument("--json", action="store_true", help="JSON in place of Markdown")
    two.add_argument(
        "--templates", default="", metavar="DIR", help="your templates; each replaces the shipped one of its name"
    )
    two.set_defaults(act=compare)
    for parser in (runs, pin, two):
        parser.add_argument("--reports", type=Path, default=Path("reports"), metavar="DIR", help="default: reports")


def _positive(text: str) -> int:
    return whole(text, 1, 1_000_000)


def history(options: argparse.Namespace, _: list[str]) -> int:
    """Print the table."""
    from reznet_load.drive.past_runs import show

    return show(options.reports, options.target, options.scenario, options.last, options.json)


def baseline(options: argparse.Namespace, _: list[str]) -> int:
    """Pin, unpin, or list runs."""
    from reznet_load.drive import past_runs as act

    if options.unpin and not options.run:
        raise ConfigError("baseline --unpin: no run is named; expected RUN, as `reznet-load baseline` lists them")
    with undamaged(options.reports):
        if not options.run:
            return act.pins(options.reports)
        return (act.unpin if options.unpin else act.pin)(options.reports, options.run)


def compare(options: argparse.Namespace, _: list[str]) -> int:
    """Compare two runs."""
    from reznet_load.commands.judge import compare_csvs, folder_of_csvs
    from reznet_load.drive.past_runs import compare as act

    if folder_of_csvs(Path(options.a)) and folder_of_csvs(Path(options.b)):
        return compare_csvs(options.a, options.b, options.json)
    return act(options.reports, options.a, options.b, options.json, options.templates)

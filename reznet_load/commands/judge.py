"""A verdict on any Locust run: judge its CSVs, write a first file of requirements."""

from __future__ import annotations

import argparse


def add(commands: argparse._SubParsersAction) -> None:
    """`judge`."""
    one = commands.add_parser(
        "judge",
        help="verdicts on the CSVs of any project's Locust, 0.8 to 2.x; the exit code is the outcome",
        description="Judge what `locust --csv PREFIX` or `locust --json` wrote, one run after another; the worst decides.",
    )
    one.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a folder, a prefix, a stats file, a pattern in quotes, or - for a stats CSV on stdin",
    )
    one.add_argument("--nfr", default="", metavar="FILE", help="the requirements (default: nfr.toml next to the CSVs)")
    one.add_argument("--strict", action="store_true", help="a warning exits 1 too")
    one.set_defaults(act=judge)


def judge(options: argparse.Namespace, _: list[str]) -> int:
    """The exit code of the worst run."""
    from reznet_load.report.judged_console import console
    from reznet_load.result.judged import judge_paths, worst

    runs = judge_paths(options.paths, options.nfr, options.strict)
    print(console(runs), flush=True)
    return worst(runs).exit_code

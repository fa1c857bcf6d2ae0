"""Commands to judge any Locust run: judge its CSVs, write a first requirements file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from reznet_load.core.errors import ConfigError

_PATH = "a folder, a prefix, a stats file, a pattern in quotes, or - for a stats CSV on stdin"


def add(commands: argparse._SubParsersAction) -> None:
    """Add `judge` and `nfr`."""
    one = commands.add_parser(
        "judge",
        help="verdicts on the CSVs of any project's Locust, 0.8 to 2.x; the exit code is the outcome",
        description="Judge what `locust --csv PREFIX` or `locust --json` wrote, one run after another; the worst decides.",
        epilog="exit codes: 0 pass (or warning), 1 fail (with --strict: or warning), 2 unjudged: damaged or missing files, "
        "no requirements, or one that matches no row",
    )
    one.add_argument("paths", nargs="+", metavar="PATH", help=_PATH)
    one.add_argument("--nfr", default="", metavar="FILE", help="the requirements (default: nfr.toml next to the CSVs)")
    one.add_argument("--strict", action="store_true", help="a warning exits 1 too")
    one.add_argument("--compare", default="", metavar="OTHER", help="the run before: each row better, worse or ~")
    one.add_argument("--out", default="", metavar="DIR", help="write PREFIX_verdicts.md of each run into this folder")
    one.add_argument("--json", default="", metavar="FILE", help="everything as JSON, each row of it; - is stdout")
    one.add_argument("--junit", default="", metavar="FILE", help="the verdicts as JUnit XML")
    one.add_argument("--summary", default="", metavar="FILE", help="append them as Markdown, for $GITHUB_STEP_SUMMARY")
    one.add_argument(
        "--templates", default="", metavar="DIR", help="your templates; each replaces the shipped one of its name"
    )
    one.set_defaults(act=judge)
    first = commands.add_parser("nfr", help="write a first nfr.toml from the rows of a run, ready to edit")
    first.add_argument("path", metavar="PATH", help=_PATH)
    first.add_argument("--out", default="", metavar="FILE", help="default: nfr.toml next to the CSVs; - is stdout")
    first.set_defaults(act=nfr)


def judge(options: argparse.Namespace, _: list[str]) -> int:
    """Returns the exit code of the worst run."""
    from reznet_load.report.judged_files import Wanted
    from reznet_load.result.judged import judge_paths

    runs = judge_paths(options.paths, options.nfr, options.strict)
    asked = ("out", "json", "junit", "summary", "templates", "strict")
    return _report(runs, options.compare, Wanted(**{name: getattr(options, name) for name in asked}))


def _report(runs: list, compare: str, wanted) -> int:
    from reznet_load.report.ci.github import annotations
    from reznet_load.report.judged_console import console
    from reznet_load.report.judged_files import STDOUT, as_json, suites, write
    from reznet_load.result.judged import worst

    compared = []
    if compare:
        from reznet_load.result.compared import compared_with

        compared = compared_with(runs, compare)
    stream = sys.stderr if wanted.json == STDOUT else sys.stdout
    print(console(runs), file=stream, flush=True)
    if compared:
        from reznet_load.report import judged_compared

        print(judged_compared.console(compared), file=stream, flush=True)
    for path in write(runs, compared, wanted):
        print(f"document: {path}", file=stream, flush=True)
    for line in annotations(suites(runs, wanted.strict)):
        print(line, file=stream, flush=True)
    if wanted.json == STDOUT:
        print(as_json(runs, compared), end="", flush=True)
    return worst(runs).exit_code


def folder_of_csvs(path: Path) -> bool:
    """Does the folder have CSVs to judge, and no run of our own?"""
    from reznet_load.core import folder as run_folder

    try:
        if path.is_dir():
            return not (path / run_folder.INFO).exists()
        return path.is_file() and path.suffix.lower() in (".csv", ".json")
    except OSError:  # not a valid file name: opening it reports that
        return False


def report_csvs(path: Path, templates: str) -> int:
    """`report` for a folder of CSVs: judge them and write the document next to them."""
    from reznet_load.report.judged_files import Wanted
    from reznet_load.result.judged import judge_paths

    home = path if path.is_dir() else path.parent
    runs = judge_paths([str(path)])
    if all(run.refused for run in runs):
        raise ConfigError(runs[0].refused)
    return _report(runs, "", Wanted(out=str(home), templates=templates))


def compare_csvs(before: str, now: str, as_json: bool) -> int:
    """`compare` for two runs of CSVs: 1 if a row is worse, 2 if nothing can be compared."""
    import json

    from reznet_load.report import judged_compared
    from reznet_load.result.compared import compared_with
    from reznet_load.result.judged import judge_paths

    compared = compared_with(judge_paths([now]), before)
    print(
        json.dumps([judged_compared.as_json(one) for one in compared]) if as_json else judged_compared.console(compared)
    )
    if any(one.found is None for one in compared):
        return 2
    return int(any(one.worse for one in compared))


def nfr(options: argparse.Namespace, _: list[str]) -> int:
    """Write the file; never overwrite an existing one."""
    from reznet_load.report.first_nfr import first_nfr
    from reznet_load.result.judged import NFR
    from reznet_load.result.locust.find import STDIN, find
    from reznet_load.result.locust.read import read_run

    found = find(options.path)
    if found[0].main is None:
        raise ConfigError(found[0].refused)
    run = read_run(found[0])
    if run.damage:
        raise ConfigError(f"{found[0].main}: damaged, {run.damage[0]}")
    text = first_nfr(run)
    if options.out == STDIN or (not options.out and found[0].main == Path(STDIN)):
        print(text, end="")
        return 0
    path = Path(options.out) if options.out else found[0].main.parent / NFR
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(
            f"{path}: is there already and was not changed; name another file with --out, or --out - to see it"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror}); name another file with --out") from None
    others = f" (from {found[0].name}, the first of {len(found)} runs)" if len(found) > 1 else ""
    print(f"{path}{others}: edit its limits, then `reznet-load judge {options.path}`")
    return 0

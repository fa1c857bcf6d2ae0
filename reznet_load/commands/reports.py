"""Commands for run folders: judge and render again, look during the run, finish a run of plain Locust."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from reznet_load.commands.judge import folder_of_csvs, report_csvs
from reznet_load.core.errors import ConfigError, undamaged
from reznet_load.core.settings.run_options import add_summary
from reznet_load.core.settings.settings import ENVIRONMENT, from_environment


def add(commands: argparse._SubParsersAction) -> None:
    """Add `report`, `verdicts`, `metrics` and `samples`."""
    again = commands.add_parser("report", help="judge and render a run folder, or any folder of Locust CSVs, again")
    again.add_argument(
        "run", type=Path, metavar="RUN", help="a run folder, reports/latest, or a folder with Locust's CSVs"
    )
    again.add_argument(
        "--templates", default="", metavar="DIR", help="your templates; each replaces the shipped one of its name"
    )
    add_summary(again)
    again.set_defaults(act=report)
    stand = commands.add_parser("verdicts", help="judge a run folder now, also during the run; writes nothing")
    stand.add_argument("run", metavar="RUN", help="a run folder; - reads folders from stdin and answers each with JSON")
    stand.add_argument("--json", action="store_true", help="one line of JSON in place of the table")
    stand.set_defaults(act=verdicts)
    page = commands.add_parser(
        "metrics", help="a run folder as a page for Prometheus, also during the run; writes nothing"
    )
    page.add_argument(
        "run", metavar="RUN", help="a run folder; - answers lines of stdin, each a JSON object, with JSON"
    )
    page.set_defaults(act=metrics)
    table = commands.add_parser(
        "samples", help="write every sample of a run as one table, for pandas, DuckDB or a spreadsheet"
    )
    table.add_argument("run", type=Path, metavar="RUN", help="a run folder, reports/latest")
    table.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="FILE.parquet (needs pyarrow) or FILE.csv"
    )
    table.set_defaults(act=samples)


def add_finish(commands: argparse._SubParsersAction) -> None:
    """Add `finish`."""
    end = commands.add_parser("finish", help="clean up after a run that Locust itself started, and report it")
    end.add_argument("run", type=Path, metavar="RUN", help="the run folder")
    add_summary(end)
    end.set_defaults(act=finish)


def report(options: argparse.Namespace, _: list[str]) -> int:
    """Judge the run again from its files; returns its exit code."""
    from reznet_load.drive.duel import is_duel
    from reznet_load.drive.finish import report as act
    from reznet_load.report.duel.publish import publish as publish_duel
    from reznet_load.report.render import check_templates

    check_templates(options.templates)
    if is_duel(options.run):
        return publish_duel(options.run, options.templates, summary=not options.no_summary)
    if is_duel(options.run.absolute().parent):
        raise ConfigError(
            f"{options.run}: a side of a duel has no verdicts of its own: reznet-load report {options.run.parent}"
        )
    if folder_of_csvs(options.run):
        return report_csvs(options.run, options.templates)
    return act(options.run, templates=options.templates, summary=not options.no_summary)


def verdicts(options: argparse.Namespace, _: list[str]) -> int:
    """Print the present verdicts."""
    from reznet_load.drive import verdicts as act

    return act.answer(sys.stdin) if options.run == "-" else act.show(Path(options.run), options.json)


def metrics(options: argparse.Namespace, _: list[str]) -> int:
    """Print the present metrics."""
    from reznet_load.drive import metrics as act

    return act.answer(sys.stdin) if options.run == "-" else act.show(Path(options.run))


def samples(options: argparse.Namespace, _: list[str]) -> int:
    """Export the samples as one table."""
    from reznet_load.result.export import export

    with undamaged(options.run):
        count = export(options.run, options.out)
    print(f"{count:,} samples in {options.out} ({options.out.stat().st_size / 1e6:.1f} MB)")
    return 0


def finish(options: argparse.Namespace, _: list[str]) -> int:
    """Clean up, then report."""
    from reznet_load.drive.finish import finish as act

    given = os.environ.get(ENVIRONMENT)
    settings = from_environment(given)
    wanted = (settings.summary or not given) and not options.no_summary
    return act(options.run, replace(settings, summary=wanted))

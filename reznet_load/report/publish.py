"""Publishes a run folder: judges and renders it, adds it to the history, sets `latest`, prints the verdicts."""

from __future__ import annotations

import sys
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.run import RunResult
from reznet_load.core.run_files import to_json
from reznet_load.history import store
from reznet_load.report import capacity_document
from reznet_load.report.ci import ci_files
from reznet_load.report.console import end
from reznet_load.report.first_screen import SUMMARY
from reznet_load.report.html.page import CAPACITY_FILE
from reznet_load.report.html.page import FILE as PAGE
from reznet_load.report.html.pictures import write_files
from reznet_load.report.html.render import render_capacity_page, render_page, timeline_of
from reznet_load.report.render import render, render_capacity, render_details, render_summary
from reznet_load.report.view import view_of
from reznet_load.result.assemble import AssembledRun, judge_folder
from reznet_load.verdict.capacity.answer import text


def publish(folder: Path, new: bool, templates: str = "", summary: bool = False) -> int:
    """Judge and render `folder`; returns the exit code of the run.

    new         also write the history, `reports/latest` and the document of the target
    templates   a folder whose templates replace shipped ones
    summary     also write the summary of a job on GitHub
    """
    folder = folder.resolve()
    home = folder if folder.is_dir() else folder.parent
    run = judge_folder(folder, new)
    result = run.result
    new = new and bool(
        result.rows
    )  # a run that ended before its first user does not replace the document of another run
    texts = {run_folder.DOCUMENT: render(run, templates), run_folder.DETAILS: render_details(run, templates)}
    _write(home, texts, run)
    run_folder.write_text(home / run_folder.RESULT, to_json(result))
    screen = render_summary(run, templates)
    run_folder.write_text(home / SUMMARY, screen)
    ci_files.write(home, result)
    run_folder.write_text(home / PAGE, render_page(run, templates))
    if result.capacity is not None:
        run_folder.write_text(home / capacity_document.CHART, capacity_document.picture(result, run.requirements))
        run_folder.write_text(home / capacity_document.DOCUMENT, render_capacity(run, templates))
        run_folder.write_text(home / CAPACITY_FILE, render_capacity_page(run, templates))
    if new:
        _write(home.parent, texts, run)
        reports = run_folder.reports_of(home, result.info.target)
        for place in {home.parent, reports}:
            run_folder.link_latest(place, home)
        _remember(reports, result)
    print(end(run))
    if result.capacity is not None:
        print(f"capacity: {text(result.capacity)}\n{shown(home / capacity_document.DOCUMENT)}")
    print(f"document: {shown((home.parent if new else home) / run_folder.DOCUMENT)}")
    print(f"page: {shown(home / PAGE)}", flush=True)
    if summary:
        ci_files.tell_github(result, screen)
    return result.exit_code


def shown(path: Path) -> str:
    """`path`, relative to the current folder if it is below that folder."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _write(place: Path, texts: dict[str, str], run: AssembledRun) -> None:
    """Write the results document, its details and its charts into `place`."""
    for name, written in texts.items():
        run_folder.write_text(place / name, written)
    write_files(place, view_of(run), timeline_of(run))


def _remember(reports: Path, result: RunResult) -> None:
    """Add the run to the history. If the disk is full, only this line is lost, not the report."""
    try:
        store.append(reports, store.line_of(result))
    except OSError as error:
        print(f"reznet-load: {reports / store.FILE}: this run is not in it ({error})", file=sys.stderr)

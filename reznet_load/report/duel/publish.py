"""Publishes the folder of a duel: compares the sides, writes the documents, prints the answer. The history is not changed."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError
from reznet_load.report.ci import github, junit
from reznet_load.report.duel.as_json import to_json
from reznet_load.report.duel.cases import suite_of
from reznet_load.report.duel.document import SEEN_MINUTES, SUMMARY_TEMPLATE, TEMPLATE, names
from reznet_load.report.duel.page import render_page
from reznet_load.report.first_screen import SUMMARY
from reznet_load.report.html.page import FILE as PAGE
from reznet_load.report.render import environment, rendered
from reznet_load.result.duel import DuelResult, judge_duel

DOCUMENT = "duel.md"
_WIDTH = 110


def publish(folder: Path, templates: str = "", summary: bool = False) -> int:
    """Compare and render `folder`; returns the exit code of the duel.

    templates   a folder whose templates replace shipped ones
    summary     also write the summary of a job on GitHub
    """
    folder = folder.resolve()
    result = judge_duel(folder)
    known, shipped = names(result), environment(templates)
    screen = rendered(shipped, SUMMARY_TEMPLATE, known).rstrip() + "\n"
    run_folder.write_text(folder / run_folder.RESULT, to_json(result))
    run_folder.write_text(folder / DOCUMENT, rendered(shipped, TEMPLATE, known).rstrip() + "\n")
    run_folder.write_text(folder / SUMMARY, screen)
    run_folder.write_text(folder / junit.FILE, junit.junit([suite_of(result)]))
    run_folder.write_text(folder / PAGE, render_page(result, known, templates))
    print(as_text(result))
    print(f"document: {folder / DOCUMENT}\npage: {folder / PAGE}", flush=True)
    if summary:
        _tell_github(result, screen)
    return result.exit_code


def _tell_github(result: DuelResult, screen: str) -> None:
    try:
        github.append_run(screen, suite_of(result).name)
    except ConfigError as error:
        print(f"reznet-load: {error}", file=sys.stderr)
    for line in github.annotations([suite_of(result)]):
        print(line, flush=True)


def as_text(result: DuelResult) -> str:
    """The first screen of a duel, for a terminal."""
    known = names(result)
    lines = [f"{known['outcome']}: {known['headline']}", *(f"Cause: {one}" for one in known["causes"])]
    lines += [f"Next: {known['next']}"] if known["next"] else []
    if not known["seen"]:  # for A against A the widths below say more
        lines += ["", *(f"{one['mark']}  {one['title']}: {one['text']}" for one in known["answers"])]
    if known["seen"]:
        lines += ["", f"This machine sees, in {', '.join(map(str, SEEN_MINUTES))} minutes:"]
        lines += [
            f"   {one['name']}: {', '.join(one['found'])} {one['unit']} (±{one['width']} now)" for one in known["seen"]
        ]
    if limits := [one for one in known["cautions"] if one.text not in known["headline"]]:
        lines += ["", "What limits this answer:", *(f" - {one.text} {one.remedy}" for one in limits)]
    return "\n".join(textwrap.fill(line, _WIDTH, subsequent_indent="   ", break_on_hyphens=False) for line in lines)

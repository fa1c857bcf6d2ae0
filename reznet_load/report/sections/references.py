"""References, and the command that repeats the run."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.run import SUITE
from reznet_load.report.view import View


def names(view: View) -> dict[str, Any]:
    """The values for the template `references.md.j2`."""
    info, report = view.result.info, view.requirements.report
    return {
        "expected_users": view.requirements.expected_users,
        "report": report,
        "issue": _numbered(report.get("issue", "-")),
        "folder": folder(view),
        "locustfile": "load" if info.scenario == SUITE else info.scenario,
    }


def folder(view: View) -> str:
    """The path of the run folder; for CSVs of another project, the folder in which they are."""
    info = view.result.info
    return str(run_folder.home_of(_reports(info.command), info.target) / info.id) if info.started else info.id


def _numbered(issue: str) -> str:
    """An issue as an entry of the list: `#47 - Performance Optimization` -> `**Issue #47**: Performance Optimization`."""
    number, dash, title = issue.partition(" - ")
    return f"**Issue {number}**: {title}" if dash else f"**Issue**: {issue}"


def _reports(command: str) -> Path:
    """The reports folder of `command`."""
    try:
        words = shlex.split(command)
    except ValueError:  # quotes that do not match, in a command that was edited by hand
        words = []
    for word, after in zip(words, [*words[1:], ""], strict=False):
        name, _, value = word.partition("=")
        if name == "--reports" and (value or after):
            return Path(value or after)
    return Path("reports")

"""References, and how to run it again in short."""

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
    """Where the run folder was put; CSVs of another project are wherever they were."""
    info = view.result.info
    return str(run_folder.home_of(_reports(info.command), info.target) / info.id) if info.started else info.id


def _numbered(issue: str) -> str:
    """`#47 - Performance Optimization` as an entry: `**Issue #47**: Performance Optimization`."""
    number, dash, title = issue.partition(" - ")
    return f"**Issue {number}**: {title}" if dash else f"**Issue**: {issue}"


def _reports(command: str) -> Path:
    """Where the command that ran had its run folders put."""
    try:
        words = shlex.split(command)
    except ValueError:  # a command that was written by hand
        words = []
    for word, after in zip(words, [*words[1:], ""], strict=False):
        name, _, value = word.partition("=")
        if name == "--reports" and (value or after):
            return Path(value or after)
    return Path("reports")

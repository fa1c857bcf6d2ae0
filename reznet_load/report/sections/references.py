"""References, how to run it again, and when the document was written."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.run import SUITE
from reznet_load.report.view import View

# The classes of `reznet_load.suite.test_performance`, in the document's order of sections.
TEST_CLASSES = (
    "TestAgentResponseTime", "TestDatabaseQueryPerformance", "TestTimeToFirstByte", "TestCachePerformance",
    "TestAPIEndpointPerformance", "TestStreamingPerformance",
)  # fmt: skip


def names(view: View) -> dict[str, Any]:
    """Of `references.md.j2`."""
    info, report = view.result.info, view.requirements.report
    # CSVs of another project are wherever they were.
    folder = str(run_folder.home_of(_reports(info.command), info.target) / info.id) if info.started else info.id
    return {
        "expected_users": view.requirements.expected_users,
        "report": report,
        "issue": report.get("issue", "-"),
        "folder": folder,
        "locustfile": "load" if info.scenario == SUITE else info.scenario,
        "test_classes": TEST_CLASSES,
        "last_updated": info.ended or info.started or "unknown",
        "next_review": report.get("next_review", "-"),
    }


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

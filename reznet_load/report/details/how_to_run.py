"""How the run was made and how to repeat it: the command, versions, set-up, phases, and other commands."""

from __future__ import annotations

from typing import Any

from reznet_load.core.profile import Phase
from reznet_load.core.text.foreign_text import OwnMarkdown, for_terminal
from reznet_load.report.sections import references, setup
from reznet_load.report.view import View

# The classes of `reznet_load.suite.test_performance`, in the order of the document's sections.
TEST_CLASSES = (
    "TestAgentResponseTime",
    "TestDatabaseQueryPerformance",
    "TestTimeToFirstByte",
    "TestCachePerformance",
    "TestAPIEndpointPerformance",
    "TestStreamingPerformance",
)


def names(view: View) -> dict[str, Any]:
    """The values for the template `how_to_run.md.j2`."""
    info = view.result.info
    return setup.names(view) | {
        "command": OwnMarkdown(for_terminal(info.command, 4000).replace("```", "` ` `")),
        "folder": references.folder(view),
        "fingerprint": info.fingerprint or "unknown",
        "test_classes": TEST_CLASSES,
        "phases": [_phase(view, phase) for phase in info.phases],
    }


def _phase(view: View, phase: Phase) -> dict[str, str]:
    return {
        "name": phase.name,
        "start": f"{phase.start - (view.result.info.origin or phase.start):.0f} s",
        "seconds": f"{phase.seconds:.0f} s",
        "users": str(phase.users),
        "judged": "yes" if phase.judged else "no",
    }

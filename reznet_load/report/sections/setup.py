"""Test Setup: versions, users, notes, the command that ran, the phases."""

from __future__ import annotations

import re
from typing import Any

from reznet_load.core.profile import Phase
from reznet_load.core.run import SUITE
from reznet_load.core.text.foreign_text import OwnMarkdown, for_terminal
from reznet_load.report.sections.header import versions
from reznet_load.report.view import View

_MENTION = re.compile(r"(?<![`\w])@[\w-]+")  # an agent's name; where issues are tracked it would call an account


def names(view: View) -> dict[str, Any]:
    """Of `setup.md.j2`."""
    info = view.result.info
    return {
        "expected_users": view.requirements.expected_users,
        "info": info,
        "command": OwnMarkdown(for_terminal(info.command, 4000).replace("```", "` ` `")),
        "of_suite": info.scenario == SUITE,
        "versions": versions(view),
        "notes": {topic: _MENTION.sub(r"`\g<0>`", text) for topic, text in info.notes.items()},
        "phases": [_phase(view, phase) for phase in info.phases],
    }


def _phase(view: View, phase: Phase) -> dict[str, str]:
    return {
        "name": phase.name,
        "start": f"{phase.start - (view.result.info.origin or phase.start):.0f} s",
        "seconds": f"{phase.seconds:.0f} s",
        "users": str(phase.users),
        "judged": "judged" if phase.judged else "not judged",
    }

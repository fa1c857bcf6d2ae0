"""Test Setup: versions, what was driven, users, notes."""

from __future__ import annotations

import re
from typing import Any

from reznet_load.core.run import SUITE
from reznet_load.report.sections.header import versions
from reznet_load.report.view import View

_MENTION = re.compile(r"(?<![`\w])@[\w-]+")  # an agent's name; where issues are tracked it would call an account


def names(view: View) -> dict[str, Any]:
    """Of `setup.md.j2`."""
    info = view.result.info
    return {
        "expected_users": view.requirements.expected_users,
        "info": info,
        "of_suite": info.scenario == SUITE,
        "versions": versions(view),
        "notes": {topic: _MENTION.sub(r"`\g<0>`", text) for topic, text in info.notes.items()},
    }

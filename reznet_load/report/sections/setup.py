"""The section Test Setup: versions, target, users, notes."""

from __future__ import annotations

import re
from typing import Any

from reznet_load.core.run import SUITE, RunInfo
from reznet_load.report.sections.header import versions
from reznet_load.report.view import View

_MENTION = re.compile(r"(?<![`\w])@[\w-]+")  # the name of an agent; in an issue it would notify an account
# Topic of a note in `run.json` -> its name in the document, if that differs.
_TOPICS = {
    "known to be on": "other runs are warned while this one is active",
    "afterwards": "after the load",
    "target options": "the embedded target was started with",
}
_BEFORE_AND_AFTER = ("set-up", "known to be on", "afterwards")  # topics that DETAILS.md has


def names(view: View) -> dict[str, Any]:
    """The values for the template `setup.md.j2`."""
    info = view.result.info
    notes = _notes(info)
    return {
        "expected_users": view.requirements.expected_users,
        "info": info,
        "of_suite": info.scenario == SUITE,
        "versions": versions(view),
        "notes": _in_words(notes),
        "short_notes": _in_words({topic: text for topic, text in notes.items() if topic not in _BEFORE_AND_AFTER}),
        "before_and_after": _in_words({topic: notes[topic] for topic in _BEFORE_AND_AFTER if topic in notes}),
    }


def _in_words(notes: dict[str, str]) -> dict[str, str]:
    return {_TOPICS.get(topic, topic): _MENTION.sub(r"`\g<0>`", text) for topic, text in notes.items()}


def _notes(info: RunInfo) -> dict[str, str]:
    """The notes of the run, without notes that repeat another."""
    head = {"provider"} | (
        {"provider is"} if info.deployment.simulated else set()
    )  # the head of the document names the provider
    return {topic: text for topic, text in info.notes.items() if topic not in head}

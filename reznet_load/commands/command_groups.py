"""The commands by what a reader wants to do: `reznet-load --help` and docs/reference.md show them in these groups."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

# Title -> the commands below it. A test checks that each command stands here exactly once.
COMMAND_GROUPS: dict[str, tuple[str, ...]] = {
    "load a backend": (
        "load",
        "smoke",
        "stress",
        "spike",
        "soak",
        "capacity",
        "herd",
        "distributed",
        "web",
        "pooling",
        "failures",
        "perf",
    ),
    "compare two versions": ("duel", "compare"),
    "read the results": ("report", "verdicts", "history", "baseline", "metrics", "samples"),
    "judge any Locust run": ("judge", "nfr"),
    "load other chat backends": ("backends", "try", "accounts", "provider"),
    "try out and check reznet-load": ("target", "config", "selftest"),
    "plumbing": ("finish", "probe"),
}


class GroupedCommands(argparse.RawDescriptionHelpFormatter):
    """A help page that lists the commands under the titles of COMMAND_GROUPS, and the description as it is written."""

    def _format_action(self, action: argparse.Action) -> str:
        if not isinstance(action, argparse._SubParsersAction):
            return super()._format_action(action)
        return "\n".join(self._grouped(action))

    def _grouped(self, action: argparse._SubParsersAction) -> Iterator[str]:
        entries = {entry.dest: entry for entry in action._choices_actions}
        for title, names in COMMAND_GROUPS.items():
            yield f"  {title}:"
            self._indent()
            yield "".join(super(GroupedCommands, self)._format_action(entries[name]) for name in names)
            self._dedent()

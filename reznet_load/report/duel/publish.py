"""The folder of a duel published: compared, written down, its answer printed."""

from __future__ import annotations

from pathlib import Path

from reznet_load.result.duel import judge_duel


def publish(folder: Path, templates: str = "") -> int:
    """Compare and render `folder`; its exit code."""
    result = judge_duel(folder)
    print(result.outcome, result.exit_code)
    for one in result.answers:
        print(one)
    print(result.left_out, result.correlation)
    for caution in result.cautions:
        print(caution)
    print(f"duel: {folder}")
    return result.exit_code

"""What a run says on the console, which may be gone: a terminal that was closed, a pipe that is read no more, a full disk."""

from __future__ import annotations

import sys

from reznet_load.core.text.foreign_text import safe


def say(text: str, *, error: bool = False) -> None:
    """One line; nothing where it cannot be written, for nothing of the run depends on it."""
    try:
        print(safe(text, 1000, lines=True), file=sys.stderr if error else sys.stdout, flush=True)
    except (OSError, ValueError):  # ValueError: it is closed
        pass

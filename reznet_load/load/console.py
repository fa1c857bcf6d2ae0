"""Console output of a run; the console may be gone: a closed terminal, a pipe without a reader, a full disk."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from reznet_load.core.text.foreign_text import safe


class Screen:
    """The last lines of the terminal, redrawn in place; other output appears above them."""

    def __init__(self) -> None:
        self._lines: tuple[str, ...] = ()

    def draw(self, lines: Sequence[str]) -> None:
        """Replace the last lines by `lines`; each is at most as wide as the terminal."""
        _write(self._up() + "".join(f"{line}\n" for line in lines))
        self._lines = tuple(lines)

    def above(self, text: str, error: bool) -> None:
        """Print a line, and the drawn ones again below it."""
        if self._lines:
            _write(self._up())
        _write(f"{text}\n", error)
        if self._lines:
            _write("".join(f"{line}\n" for line in self._lines))

    def leave(self) -> None:
        """Leave what is drawn on the terminal."""
        self._lines = ()

    def _up(self) -> str:
        return f"\x1b[{len(self._lines)}F\x1b[J" if self._lines else ""


SCREEN = Screen()


def say(text: str, *, error: bool = False, color: str = "") -> None:
    """Print one line; errors are ignored, because the run does not depend on it."""
    SCREEN.above(painted(safe(text, 1000, lines=True), color), error)


def painted(text: str, color: str) -> str:
    """`text` in a terminal colour, given by its number; unchanged without one."""
    return f"\x1b[{color}m{text}\x1b[0m" if text and color else text


def has_screen(environ: Mapping[str, str] = os.environ) -> bool:
    """Is stdout a terminal on which lines can be drawn again?"""
    return sys.stdout.isatty() and environ.get("TERM", "") not in ("", "dumb")


def colored(wish: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Should output be coloured? `wish` is --color; `auto`: on a terminal, unless NO_COLOR is set (no-color.org)."""
    return wish == "always" or (wish == "auto" and has_screen(environ) and not environ.get("NO_COLOR"))


def _write(text: str, error: bool = False) -> None:
    try:
        print(text, end="", file=sys.stderr if error else sys.stdout, flush=True)
    except (OSError, ValueError):  # ValueError: the stream is closed
        pass

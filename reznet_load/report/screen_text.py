"""The first screen for a terminal: problems in parts, a table of verdicts that did not pass, what the run cannot say."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from reznet_load.core.run import Verdict
from reznet_load.core.text.foreign_text import for_terminal
from reznet_load.report.first_screen import FirstScreen, value
from reznet_load.report.view import more_than_value, sentence

_WIDTH = 110
_UNDER = " " * 13  # indent of lines below the title of a verdict, or below the text of a problem's part
_LABEL = 10  # columns of the label of a part
# Spaces at which no line is broken: in `3 481 ms`, `95 %`, `< 3 s`, and in `grep -rn -e ID LOGS`, which a reader copies.
_KEPT = re.compile(r"(?<=\d) (?=\d{3}\b|ms\b|s\b|%|MB\b)|(?<=[<>]) (?=\d)|(?<=grep) | (?=-e )|(?<=-e) | (?=LOGS)")
_HELD = "\N{NO-BREAK SPACE}"


def as_text(screen: FirstScreen) -> str:
    """The text of the first screen for a terminal."""
    lines = [f"{screen.outcome}: {screen.text}", *_on_purpose(screen)]
    lines += [""] if screen.problems else []
    for number, one in enumerate(screen.problems, 1):
        lines += [f"{number}. {one.text}", *_parts(one.parts(for_terminal))]
    if screen.more:
        lines.append(f"{screen.more} more problem{'' if screen.more == 1 else 's'} in the document.")
    lines += (
        ["", f"Advisory (does not affect the result, no action needed): {screen.advisory}"] if screen.advisory else []
    )
    table = [*_verdicts(screen.verdicts), *filter(None, (screen.passes, screen.notes))]
    lines += ["", *table] if table else []
    lines += ["", "This run cannot say:", *(f" - {one}" for one in screen.cannot_shortly)] if screen.cannot else []
    return "\n".join(_wrapped(line) for line in lines)


def _on_purpose(screen: FirstScreen) -> list[str]:
    again = [*_parts([("Next", screen.again)])] if screen.again else []
    return [f"On purpose: {screen.intended.replace('`', '')}", *again] if screen.intended else []


def _parts(parts: Iterable[tuple[str, str]]) -> Iterable[str]:
    return (f"   {label + ':':<{_LABEL}}{text}" for label, text in parts)


def _verdicts(verdicts: Iterable[Verdict]) -> list[str]:
    """Lines of a table of verdicts that did not pass. If a reason says more than value and limit, it is below its line."""
    lines = []
    for one in verdicts:
        title = one.title if one.required else f"{one.title} (advisory)"
        wide = 11 + ("\ufe0f" in one.mark)  # a mark takes two columns; a mark with this selector has two characters
        lines.append(f"{one.mark:<{wide}} {title:<43} {value(one):<36} {one.limit}".rstrip())
        lines += [f"{_UNDER}{sentence(more)}"] if (more := more_than_value(one)) else []
    return [f"{_UNDER}{'requirement':<43} {'measured (90 % interval)':<36} limit", *lines] if lines else []


def _wrapped(line: str) -> str:
    under = line and (line[0] in "❌⚠⏳" or line.startswith((_UNDER, "   ")))
    return filled(line, _UNDER if under else " " * 3)


def filled(line: str, indent: str) -> str:
    """`line` broken to the width of a terminal, with `indent` before all lines but the first.

    Values and commands are never broken.
    """
    held = _KEPT.sub(_HELD, line)
    lines = textwrap.fill(held, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return lines.replace(_HELD, " ")

"""Makes text from outside (names in a CSV, answers of a server) safe to show as markup or on a terminal."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from reznet_load.core.text.secrets import mask_text

# What Markdown interprets within a line: emphasis (an underscore only at a word's edge), code, links, tables, math, and
# HTML where a tag or an entity could begin.
_MARKUP = re.compile(r"([\\`*\[\]|~$]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_]))")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_AT_START = re.compile(r"^([#+=>-]+|\d+[.)])(?=\s|$)")  # a heading, a list, a rule, a quotation
# Commands that a GitHub job obeys: `::error::` at the start of a line, `##[error]` anywhere (actions/runner,
# ActionCommand.cs).
_COMMAND = re.compile(r"^(\s*:)(?=:[^:]*::)")
_UNSEEN = (
    "Cc",
    "Cf",
    "Cs",
    "Co",
    "Zl",
    "Zp",
)  # controls, direction overrides, lone surrogates, private use, line separators
_LONGEST = 400
_LONGEST_KEPT = 4000  # characters of a text in a file
_MOST_READ = 64 << 10  # characters that are searched for secrets; the text is cut off here


class OwnMarkdown(str):
    """Markdown that we wrote, which a template shows unchanged; every other text counts as foreign."""

    __slots__ = ()


def safe(text: object, longest: int = _LONGEST, lines: bool = False) -> str:
    r"""`text` made fit for a record, a message or a file: known secrets masked, control characters as `\x1b`, cut to
    `longest`.

    On one line unless `lines`. Every foreign text passes through here once, where it enters, but only after it has been
    compared with anything, and never for each frame. 15 µs for 100 characters.
    """
    masked = mask_text(str(text)[:_MOST_READ])
    return _of_lines(masked, longest) if lines else for_terminal(masked, longest)


def safe_all(data: Any, lines: bool = False, masked: bool = True) -> Any:
    """The JSON `data` with `safe` applied to each text, also to keys, up to 4000 characters per line.

    `masked` False: for data of a file, whose secrets were masked when it was written.
    """
    if isinstance(data, str):
        text = mask_text(data[:_MOST_READ]) if masked else data
        return _of_lines(text, _LONGEST_KEPT) if lines else for_terminal(text, _LONGEST_KEPT)
    if isinstance(data, dict):
        return {safe_all(key, lines, masked): safe_all(value, lines, masked) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [safe_all(item, lines, masked) for item in data]
    return data


def _of_lines(text: str, longest: int) -> str:
    return "\n".join(for_terminal(line, longest) for line in text.split("\n"))


def for_terminal(text: object, longest: int = _LONGEST) -> str:
    r"""`text` on one line, without anything that a terminal or a CI job obeys: control characters are written as
    `\x1b`.

    A text longer than `longest` characters is cut off with `…`.
    """
    shown = str(text)
    if "##[" in shown or "::" in shown:
        shown = _COMMAND.sub(r"\1 ", shown.replace("##[", "# #["))
    if not (shown.isascii() and shown.isprintable()):
        shown = "".join(_seen(one) for one in shown)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def defused(value: Any) -> Any:
    """`value` as a template may show it, whatever it contains: no HTML, no link, no table cell, no terminal code.

    The last line of defence. Emphasis stays, because our own sentences use it. Applying it twice changes nothing.
    """
    if not isinstance(value, str) or isinstance(value, OwnMarkdown):
        return value
    shown = _TAG.sub("&lt;", value).replace("](", "]&#40;")
    if not (shown.isascii() and shown.replace("\n", "").isprintable()):
        shown = "".join(one if one == "\n" else _seen(one) for one in shown)
    return shown if "\n" in shown or shown.startswith("|") else shown.replace("|", "&#124;")


def for_markdown(text: object, longest: int = _LONGEST) -> str:
    """`text` escaped so that Markdown shows it as it is, in a table too; control characters are written out."""
    shown = _MARKUP.sub(_escaped, for_terminal(text, longest))
    return _AT_START.sub(lambda found: found[1][:-1] + "\\" + found[1][-1], shown)


def _seen(one: str) -> str:
    if one == "\t":
        return " "
    if unicodedata.category(one) not in _UNSEEN:
        return one
    return {"\n": "\\n", "\r": "\\r"}.get(one, f"\\x{ord(one):02x}" if ord(one) < 256 else f"\\u{ord(one):04x}")


def _escaped(found: re.Match[str]) -> str:
    # Entities, because a backslash is not enough: GitHub splits table cells at an escaped | within code, and reads <, &
    # as HTML.
    return {"<": "&lt;", "&": "&amp;", "|": "&#124;"}.get(found[1], "\\" + found[1])

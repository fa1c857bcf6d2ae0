"""Text that came from outside (names in a CSV, answers of a server), made safe to show where markup or a terminal reads it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from reznet_load.core.text.secrets import mask_text

# What Markdown takes for markup within a line: emphasis (an underscore only at a word's edge), code, links, tables, math, and HTML
# where a tag or an entity could begin.
_MARKUP = re.compile(r"([\\`*\[\]|~$]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_]))")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_AT_START = re.compile(r"^([#+=>-]+|\d+[.)])(?=\s|$)")  # a heading, a list, a rule, a quotation
# What a job on GitHub obeys at the start of a line, `::error::`; it obeys `##[error]` anywhere (actions/runner, ActionCommand.cs).
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
_LONGEST_KEPT = 4000  # of a text in a file
_MOST_READ = 64 << 10  # characters that are looked at: what is cut off holds no secret


class OwnMarkdown(str):
    """Markdown of our own, which a template shows as it is; every other text is taken for foreign."""

    __slots__ = ()


def safe(text: object, longest: int = _LONGEST, lines: bool = False) -> str:
    r"""`text` as a record, a message or a file may hold it: known secrets masked, control characters as `\x1b`, cut to `longest`.

    On one line unless `lines`. Everything foreign goes through here once, where it enters; never before it is compared with
    anything, and never for each frame. 15 µs for 100 characters.
    """
    masked = mask_text(str(text)[:_MOST_READ])
    return _of_lines(masked, longest) if lines else for_terminal(masked, longest)


def safe_all(data: Any, lines: bool = False, masked: bool = True) -> Any:
    """The JSON `data` with each of its texts, keys too, as `safe` has them, up to 4000 characters a line.

    `masked` False: of a file, whose secrets were masked as it was written.
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
    r"""`text` on one line, without anything a terminal or a CI job obeys: control characters are written as `\x1b`.

    Longer than `longest` characters it is cut, with `…`.
    """
    shown = str(text)
    if "##[" in shown or "::" in shown:
        shown = _COMMAND.sub(r"\1 ", shown.replace("##[", "# #["))
    if not (shown.isascii() and shown.isprintable()):
        shown = "".join(_seen(one) for one in shown)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def defused(value: Any) -> Any:
    """What a template may show of `value` whatever is in it: no HTML, no link, no cell, no code of a terminal.

    The last line of defence: emphasis stays, for sentences of ours have it. Once or many times gives the same.
    """
    if not isinstance(value, str) or isinstance(value, OwnMarkdown):
        return value
    shown = _TAG.sub("&lt;", value).replace("](", "]&#40;")
    if not (shown.isascii() and shown.replace("\n", "").isprintable()):
        shown = "".join(one if one == "\n" else _seen(one) for one in shown)
    return shown if "\n" in shown or shown.startswith("|") else shown.replace("|", "&#124;")


def for_markdown(text: object, longest: int = _LONGEST) -> str:
    """`text` so that Markdown shows it as it is, in a table too: markup is escaped, control characters are written out."""
    shown = _MARKUP.sub(_escaped, for_terminal(text, longest))
    return _AT_START.sub(lambda found: found[1][:-1] + "\\" + found[1][-1], shown)


def _seen(one: str) -> str:
    if one == "\t":
        return " "
    if unicodedata.category(one) not in _UNSEEN:
        return one
    return {"\n": "\\n", "\r": "\\r"}.get(one, f"\\x{ord(one):02x}" if ord(one) < 256 else f"\\u{ord(one):04x}")


def _escaped(found: re.Match[str]) -> str:
    # Entities where a backslash is not enough: GitHub splits table cells at an escaped | within code, and reads <, & as HTML.
    return {"<": "&lt;", "&": "&amp;", "|": "&#124;"}.get(found[1], "\\" + found[1])

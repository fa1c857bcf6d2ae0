"""Reads text files of the user, as editors on any system save them."""

from __future__ import annotations

import codecs
from pathlib import Path

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def user_text(path: Path) -> str:
    """The text of a UTF-8 file, or of one whose byte order mark says UTF-16; line ends become line feeds.

    Raises OSError, or UnicodeDecodeError if it is neither.
    """
    raw = path.read_bytes()
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    return raw.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")

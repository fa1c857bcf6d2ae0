"""How our own provider recognises a question whose user leaves: a mark in its text, and the path where it is queried.

Only questions of `impatient` users have a mark, and only if the provider behind the backend is `reznet-load provider`
or that of the embedded target. Backends pass a question's text on, whatever else they add to it.
"""

from __future__ import annotations

import re
import secrets

# POST {"mark": …}: that user has left. GET ?after=N&within=S: calls that users left in the last S seconds, from number N on
# (0: all), once they ended.
LEFT_PATH = "/reznet-load/left"
_MARK = re.compile(r"\[reznet-load ([0-9a-f]{16})\]")


def new_mark() -> str:
    """A mark no other question has."""
    return secrets.token_hex(8)


def marked(text: str, mark: str) -> str:
    """`text` with its mark."""
    return f"{text} [reznet-load {mark}]"


def mark_in(text: str) -> str:
    """The last mark in `text`, because a history may contain earlier ones; "" if there is none."""
    found = _MARK.findall(text)
    return found[-1] if found else ""

"""Patterns over row names: `*` and `?` are wild, every other character means itself, also the brackets in
`/items/[id]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate
from functools import lru_cache


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Callable[[str], bool]:
    """A function that matches a name against `pattern`, case-sensitively."""
    match = re.compile(translate(pattern.replace("[", "[[]"))).match
    return lambda name: match(name) is not None

"""Patterns over row names: `*` and `?` are wild, everything else is what it is, so that `/items/[id]` means itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate
from functools import lru_cache


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Callable[[str], bool]:
    """A test of a name against `pattern`, case and all."""
    match = re.compile(translate(pattern.replace("[", "[[]"))).match
    return lambda name: match(name) is not None

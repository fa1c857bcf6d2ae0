"""Text for seeded messages and simulated replies, of any length."""

from __future__ import annotations

import random

_TEXT = """
the a we it this that query index cache agent channel message token stream deploy release test build
error retry latency socket worker table row schema plan review branch merge commit rollback alert
metric trace queue batch should could is was runs fails passes takes needs returns after before when
under with without for from into quickly again today every second slow fast clean safe small large
new old first last next other same
"""
WORDS = tuple(_TEXT.split())


def sentence(rng: random.Random, words: int) -> str:
    """A sentence of `words` random words."""
    text = " ".join(rng.choices(WORDS, k=words))
    return text[0].upper() + text[1:] + "."

"""The question that probes send to a provider, how often, and how tokens are estimated from text if they were not
counted.
"""

from __future__ import annotations

QUESTION = "In two sentences: what does a connection pool do?"
MOST_TOKENS_OUT = 120  # a reply is cut off there
MOST_TOKENS_IN = 80  # of QUESTION and its wrapping by an API: no tokenizer makes more tokens than there are letters

# Questions after a first one on a cold connection. A simulator gets 40 in each judged phase: each phase is judged, and
# 40 are enough to pass a mean. A real provider gets 5 over all phases, which cost little.
QUESTIONS_SIMULATED, QUESTIONS_REAL = 40, 5
# For a simulator, over all judged phases and for each simulated network: enough for a mean at a quarter of the cost.
QUESTIONS_NETWORK = 10
# The most agent turns of the performance suite if each is paid for.
SUITE_TURNS = 15

_CHARACTERS = 4  # per token, in English prose (both providers' rule of thumb)


def tokens_in_text(characters: float) -> int:
    """The estimated tokens of a text: a quarter of its characters, at least one if there is any."""
    return max(1, round(characters / _CHARACTERS)) if characters > 0 else 0


def paid_questions(networks: int) -> int:
    """How many questions a provider with a real key is asked in a run, cold ones included."""
    return (1 + networks) * (1 + QUESTIONS_REAL)

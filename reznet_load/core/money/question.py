"""What is asked of a provider alone, how often, and how tokens are estimated from text where they were not counted."""

from __future__ import annotations

QUESTION = "In two sentences: what does a connection pool do?"
MOST_TOKENS_OUT = 120  # a reply is cut off there
MOST_TOKENS_IN = 80  # of QUESTION and what an API wraps it into: no tokenizer makes more tokens than letters

# After a first question on a cold connection: a simulator's in each judged phase, for each is judged and 40 are enough to
# pass a mean; where a key is real over all of them, for five cost little.
QUESTIONS_SIMULATED, QUESTIONS_REAL = 40, 5
# A simulator's over all judged phases over each simulated network: enough for a mean, a quarter of the cost.
QUESTIONS_NETWORK = 10
# Agent turns of the performance suite where each is paid for, at most.
SUITE_TURNS = 15

_CHARACTERS = 4  # a token, in English prose (both providers' rule of thumb)


def tokens_in_text(characters: float) -> int:
    """About how many tokens a text has: a quarter of its characters, at least one where there is any."""
    return max(1, round(characters / _CHARACTERS)) if characters > 0 else 0


def paid_questions(networks: int) -> int:
    """How many questions a provider with a real key is asked in a run, cold ones included."""
    return (1 + networks) * (1 + QUESTIONS_REAL)

"""What a diagnosis says: causes with their evidence, and of each known pattern whether it was found, or could not be checked."""

from __future__ import annotations

from dataclasses import dataclass, field

# The three answers of a pattern.
FOUND, NOT_FOUND, NOT_CHECKED = "found", "not found", "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause with its evidence and what to do: a known pattern of trouble, or where the time of a requirement went.

    id        of the pattern or of the requirement
    text      the cause as a sentence
    evidence  the numbers behind it
    advice    what to do
    about     ids of the requirements it explains
    kind      `pattern`, or `time`
    area      the document's group of long-term advice
    shares    of a `time`: part -> percent of the judged statistic
    cost      how many times its limit the worst failed requirement of `about` is, times its share; 0: none failed
    """

    id: str
    text: str
    evidence: str
    advice: str
    about: tuple[str, ...] = ()
    kind: str = "pattern"
    area: str = ""
    shares: dict[str, float] = field(default_factory=dict)
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class PatternCheck:
    """Whether a known pattern was there.

    id      of the pattern
    answer  found, not found or not checked
    why     the reason where it was not checked
    """

    id: str
    answer: str
    why: str = ""

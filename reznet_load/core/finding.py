"""The results of a diagnosis: causes with their evidence, and for each known pattern found, not found or not checked."""

from __future__ import annotations

from dataclasses import dataclass, field

# The three results of checking a pattern.
FOUND, NOT_FOUND, NOT_CHECKED = "found", "not found", "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause with its evidence and what to do: a known pattern of trouble, or which part of a requirement took its
    time.

    id        of the pattern or of the requirement
    text      the cause as a sentence
    evidence  the numbers behind it
    advice    what to do
    about     ids of the requirements it explains
    kind      `pattern`, or `time`
    area      the document's group of long-term advice
    shares    of a `time`: part -> percent of the judged statistic, the largest first
    low       of a `time`: lower bound of the largest share, percent
    high      of a `time`: upper bound of the largest share, percent
    cost      ranks findings: (value / limit) of the worst failed requirement of `about`, times this finding's share; 0:
              none failed
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
    low: float = 0.0
    high: float = 100.0

    @property
    def split(self) -> TimeSplit:
        """The parts of the evidence of a `time`; of a pattern, everything as `facts`."""
        if self.kind != "time":
            return TimeSplit("", "", self.evidence)
        ranges, _, rest = self.evidence.partition(". ")
        times, _, facts = rest.partition(". ")
        return TimeSplit(*(f"{one.removesuffix('.')}." if one else "" for one in (ranges, times, facts)))


@dataclass(frozen=True, slots=True)
class TimeSplit:
    """The evidence of a `time`, each as sentences.

    ranges   the share of each part, in percent
    times    the same in ms
    facts    what was measured at these parts
    """

    ranges: str
    times: str
    facts: str


@dataclass(frozen=True, slots=True)
class PatternCheck:
    """Whether a known pattern was found.

    id      of the pattern
    answer  found, not found or not checked
    why     the reason, if it was not checked
    """

    id: str
    answer: str
    why: str = ""

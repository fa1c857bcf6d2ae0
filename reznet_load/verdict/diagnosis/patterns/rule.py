"""A rule as data, and the Finding it becomes where its predicate sees its pattern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reznet_load.core.run import Finding
from reznet_load.verdict.diagnosis.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Seen:
    """What a predicate saw: the words of the templates, percent of the trouble it explains, and which requirements."""

    words: dict[str, str] = field(default_factory=dict)
    share: float = 100.0
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A known pattern.

    title            the pattern as a reader knows it
    text, evidence   templates over the words that `see` gives; `advice` what to do
    about            the requirements it can explain, the likeliest first
    area             the group of the document's long-term recommendations
    needs            what a run must have to be looked into for it (core.nfr.needs)
    fault            options of the embedded target that trigger it, proven by `reznet-load selftest`
    see              the predicate: what it saw, None where the pattern is not there
    """

    id: str
    title: str
    text: str
    evidence: str
    advice: str
    about: tuple[str, ...]
    area: str
    needs: tuple[str, ...]
    fault: str
    see: Callable[[Evidence], Seen | None]

    def find(self, evidence: Evidence) -> Finding | None:
        """The Finding, where the pattern is there."""
        seen = self.see(evidence)
        if seen is None:
            return None
        about = seen.about or self.about
        return Finding(
            self.id, self.text.format(**seen.words), self.evidence.format(**seen.words), self.advice, about,
            "pattern", self.area, {}, cost(evidence, about, seen.share),
        )  # fmt: skip


def cost(evidence: Evidence, about: tuple[str, ...], share: float) -> float:
    """How many times past its limit the worst failed requirement of `about` is, times the share; 0: none failed."""
    return round(max((_excess(evidence, id) for id in about), default=0.0) * share / 100, 3)


def _excess(evidence: Evidence, id: str) -> float:
    """1 at the limit; what failed by errors or was never measured has no size and counts as just past it.

    Of a share that must be high, what is missing counts: 10 % hits where 60 are wanted are 90 misses for 40 allowed.
    """
    verdict, nfr = evidence.failed.get(id), evidence.nfrs.get(id)
    if verdict is None:
        return 0.0
    if nfr is None or verdict.value is None or nfr.limit.value <= 0:
        return 1.0
    if nfr.limit.below:
        return verdict.value / nfr.limit.value
    return (100 - verdict.value) / (100 - nfr.limit.value) if nfr.limit.unit == "%" and nfr.limit.value < 100 else 1.0

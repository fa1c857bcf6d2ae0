"""A rule as data, and the Finding that it makes if its predicate finds its pattern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reznet_load.core.failed.failure_kinds import FailureKind, kind_of
from reznet_load.core.finding import FOUND, NOT_CHECKED, NOT_FOUND, Finding, PatternCheck
from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.needs import lacking, reason_for
from reznet_load.verdict.diagnosis.evidence import Evidence
from reznet_load.verdict.diagnosis.patterns import thresholds as at

# Why the data for a rule are missing; empty if they are there.
Data = Callable[[Evidence], str]


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of a predicate: words for the templates, percent of the trouble it explains, and which requirements,
    if not the rule's own.
    """

    words: dict[str, str] = field(default_factory=dict)
    share: float = 100.0
    about: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Undecided:
    """The data are there but do not decide; `why`."""

    why: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A known pattern.

    title            the pattern as a reader knows it
    text, evidence   templates filled with the words that `see` returns; `advice` what to do
    about            the requirements it can explain, the likeliest first
    area             the group of the document's long-term recommendations
    needs            what a run must have to be checked for it (core.needs)
    fault            options of the embedded target that trigger it, proven by `reznet-load selftest`
    see              the predicate: what it found, None if the pattern is not there, or Undecided
    data             what must have been measured before None means that the pattern is not there
    errors           kinds of failures it can cause; none if it only slows things down
    slows            can it slow down what does not fail?
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
    see: Callable[[Evidence], Seen | Undecided | None]
    data: tuple[Data, ...] = ()
    errors: tuple[FailureKind, ...] = ()
    slows: bool = True

    def check(self, evidence: Evidence, frozen: float = 0.0) -> tuple[PatternCheck, Finding | None]:
        """The answer, and the Finding if it is FOUND. `frozen`: seconds in which the backend answered nothing."""
        seen = self.see(evidence)
        if isinstance(seen, Seen):
            return PatternCheck(self.id, FOUND), self._finding(evidence, seen)
        why = seen.why if seen is not None else self._missing(evidence)
        if not why and frozen:
            why = f"the backend answered nothing for {frozen:.0f} s, so the measurements cannot rule this out"
        return PatternCheck(self.id, NOT_CHECKED if why else NOT_FOUND, why), None

    def _missing(self, evidence: Evidence) -> str:
        """Why the data are missing; empty if they are there."""
        if not evidence.series and not evidence.rows:
            return "this run has no samples"
        if missing := lacking(self.needs, evidence.info.has):
            return reason_for(missing[0], evidence.info.lacks)
        return next((why for data in self.data if (why := data(evidence))), "")

    def _finding(self, evidence: Evidence, seen: Seen) -> Finding:
        wanted = self.about if seen.about is None else seen.about
        about = tuple(id for id in wanted if self._explains(evidence, id))
        return Finding(
            self.id,
            self.text.format(**seen.words),
            self.evidence.format(**seen.words),
            self.advice,
            about,
            "pattern",
            self.area,
            {},
            cost(evidence, about, seen.share),
        )

    def _explains(self, evidence: Evidence, id: str) -> bool:
        """Failures are explained by this pattern if half of them are of its kinds, or enough to fail the requirement
        alone.
        """
        verdict, nfr = evidence.failed.get(id), evidence.nfrs.get(id)
        by_errors = nfr is not None and statistic_of(nfr.statistic).family == "errors"
        if verdict is None or not (by_errors or verdict.value is None):
            return verdict is None or self.slows
        row = evidence.rows.get(verdict.row)
        if row is None or not row.failures:
            return bool(self.errors)
        mine = sum(count for text, count in row.errors.items() if kind_of(text) in self.errors)
        return 2 * mine >= row.failures or 100 * mine >= at.FAILING_SHARE * row.total


def cost(evidence: Evidence, about: tuple[str, ...], share: float) -> float:
    """(value / limit) of the worst failed requirement of `about`, times the share; 0: none failed."""
    return round(max((_excess(evidence, id) for id in about), default=0.0) * share / 100, 3)


def _excess(evidence: Evidence, id: str) -> float:
    """1 at the limit; a requirement that failed by errors or was never measured has no size and counts as slightly
    above 1.

    For a share that must be high, the complement counts: 10 % hits where 60 are required are 90 misses for 40 allowed.
    """
    verdict, nfr = evidence.failed.get(id), evidence.nfrs.get(id)
    if verdict is None:
        return 0.0
    if nfr is None or verdict.value is None or nfr.limit.value <= 0:
        return 1.0
    if nfr.limit.below:
        return verdict.value / nfr.limit.value
    return (100 - verdict.value) / (100 - nfr.limit.value) if nfr.limit.unit == "%" and nfr.limit.value < 100 else 1.0


def at_least(key: str, fewest: int, what: str) -> Data:
    """`fewest` measurements of the row `key`."""

    def missing(evidence: Evidence) -> str:
        row = evidence.rows.get(key)
        count = row.total if row else 0
        if count >= fewest:
            return ""
        return (
            evidence.hidden(key)
            or f"{count or 'no'} {what} {'was' if count == 1 else 'were'} seen, {fewest} are needed"
        )

    return missing

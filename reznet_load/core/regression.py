"""How a run compares with the comparable runs before it: a Change for each requirement, a Regression if it got worse."""

from __future__ import annotations

from dataclasses import dataclass

# Kinds of Regression. Only PROVEN fails a run; SUSPECT (one run differs from the others) is a reason to run again.
SUSPECT, PROVEN, BASELINE = "suspect", "regression", "baseline"


@dataclass(frozen=True, slots=True)
class Change:
    """One requirement's value compared with earlier comparable runs.

    id       of the requirement
    sign     `▲` higher or `▼` lower than before by more than the noise, `~` within it, empty: too early to say
    percent  of the earlier runs' median, with the sign of the change; None if that median is 0
    worse    True: the change is for the worse
    runs     comparable runs before
    need     how many more runs would allow a (finer) answer, 0: none
    median   of those runs, in the requirement's unit
    """

    id: str
    sign: str
    percent: float | None = None
    worse: bool = False
    runs: int = 0
    need: int = 0
    median: float | None = None


@dataclass(frozen=True, slots=True)
class Regression:
    """One requirement that got worse.

    id        of the requirement
    kind      `suspect` (only this run differs), `regression` (two runs or more at a new level), `baseline` (worse than
              the pinned run)
    percent   change from the value named in `evidence`, signed; None if that was 0
    since     backend commit, else run, at which the new level begins; empty for a suspect
    evidence  values, runs and test behind it
    text      the finding as a sentence
    counts    True: a proven one fails the run; False for advisory requirements
    """

    id: str
    kind: str
    percent: float | None
    since: str
    evidence: str
    text: str
    counts: bool = True

    @property
    def fails(self) -> bool:
        """Does it fail the run?"""
        return self.kind == PROVEN and self.counts

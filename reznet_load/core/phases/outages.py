"""Outages of a run: a part of the deployment was cut off and restored; each is a pair of phases in `run.json`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reznet_load.core.profile import Phase

PARTS = {"redis": "Redis", "postgres": "PostgreSQL", "provider": "the provider"}
BEFORE = "before"  # the judged phase before anything is cut off
SCENARIO = "failures"  # the scenario of runs that cut parts off
NOT_CUT = "cut_failed_"  # followed by the part: the Caution for one that could not be cut off
_CUT, _RECOVERY = " cut", " recovery"


@dataclass(frozen=True, slots=True)
class Outage:
    """`part` was cut off during `gone`; its recovery was observed during `after`."""

    part: str
    gone: Phase
    after: Phase

    @property
    def name(self) -> str:
        """The part, as the document writes it."""
        return PARTS[self.part]

    @property
    def phases(self) -> tuple[Phase, Phase]:
        """The two phases, as `run.json` has them."""
        return self.gone, self.after


def outage(part: str, began: float, ended: float, until: float, users: int) -> Outage:
    """`part` cut off at `began`, restored at `ended`, observed until `until`; seconds since the epoch."""
    gone = Phase(part + _CUT, began, ended, users, False)
    return Outage(part, gone, Phase(part + _RECOVERY, ended, max(ended, until), users, False))


def outages(phases: Iterable[Phase]) -> tuple[Outage, ...]:
    """The outages among the phases of a run, without those whose recovery was never observed."""
    named = {phase.name: phase for phase in phases}
    return tuple(
        Outage(part, named[part + _CUT], named[part + _RECOVERY])
        for part in sorted(PARTS, key=lambda part: named[part + _CUT].start if part + _CUT in named else 0.0)
        if part + _CUT in named and part + _RECOVERY in named
    )

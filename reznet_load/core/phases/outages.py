"""Outages of a run: a part of the deployment was cut off and restored, as a pair of phases of its `run.json`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reznet_load.core.profile import Phase

PARTS = {"redis": "Redis", "postgres": "PostgreSQL", "provider": "the provider"}
BEFORE = "before"  # the judged phase: nothing is cut yet
SCENARIO = "failures"  # the runs that are made for cutting
NOT_CUT = "cut_failed_"  # and the part: the Caution of one that could not be cut
_CUT, _RECOVERY = " cut", " recovery"


@dataclass(frozen=True, slots=True)
class Outage:
    """`part` was away during `gone`; `after` is the time that its recovery was watched for."""

    part: str
    gone: Phase
    after: Phase

    @property
    def name(self) -> str:
        """The part as the document writes it."""
        return PARTS[self.part]

    @property
    def phases(self) -> tuple[Phase, Phase]:
        """As `run.json` has them."""
        return self.gone, self.after


def outage(part: str, began: float, ended: float, until: float, users: int) -> Outage:
    """`part` cut at `began`, restored at `ended`, watched `until`; seconds since the epoch."""
    gone = Phase(part + _CUT, began, ended, users, False)
    return Outage(part, gone, Phase(part + _RECOVERY, ended, max(ended, until), users, False))


def outages(phases: Iterable[Phase]) -> tuple[Outage, ...]:
    """The outages among the phases of a run; a cut whose recovery was never watched is left out."""
    named = {phase.name: phase for phase in phases}
    return tuple(
        Outage(part, named[part + _CUT], named[part + _RECOVERY])
        for part in sorted(PARTS, key=lambda part: named[part + _CUT].start if part + _CUT in named else 0.0)
        if part + _CUT in named and part + _RECOVERY in named
    )

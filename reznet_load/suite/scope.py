"""What of the requirements a run of the suite was to measure: a test that was left out leaves Pending, not a gap."""

from __future__ import annotations

from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.report.lines import NO_LOAD

_NOT_RUN = "no test of the performance suite that measures it was run"


class Scope:
    """By requirement: measured by a test that ran, or why not."""

    def __init__(self) -> None:
        self.measured: set[str] = set()
        self._reasons: dict[str, str] = {}

    def ran(self, nfrs: tuple[str, ...]) -> None:
        """A test that measures these was begun: silence from now on is no excuse."""
        self.measured |= set(nfrs)

    def left_out(self, nfrs: tuple[str, ...], reason: str) -> None:
        """A test that measures these was skipped."""
        for nfr in nfrs:
            self._reasons.setdefault(nfr, reason)

    def has(self, requirements: Requirements) -> list[str]:
        """The needs of what was measured."""
        return sorted({need for nfr in requirements.nfrs if nfr.id in self.measured for need in nfr.needs})

    def lacks(self, requirements: Requirements) -> dict[str, str]:
        """Requirement -> why this run says nothing about it."""
        return {
            nfr.id: self._reasons.get(nfr.id, NO_LOAD if _of_load(nfr) else _NOT_RUN)
            for nfr in requirements.nfrs
            if nfr.id not in self.measured
        }


def _of_load(nfr: Nfr) -> bool:
    """Users at once, chat beside others, peaks: what one user cannot show."""
    return nfr.statistic in ("connected", "max") or "chat" in nfr.needs

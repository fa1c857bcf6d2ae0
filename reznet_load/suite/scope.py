"""Which requirements a run of the suite was to measure: a test that was left out leaves Pending, not a gap."""

from __future__ import annotations

from reznet_load.core.kinds import KINDS
from reznet_load.core.needs import ANY_OF
from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.report.lines import ONE_USER

BROWSER, ASKER = "rest", "agent"  # the kinds that the suite's one user plays
PLAYED = (BROWSER, ASKER)
_NOT_RUN = "no test of the performance suite that measures it was run"


class Scope:
    """For each requirement: measured by a test that ran, or why not."""

    def __init__(self) -> None:
        self._begun: dict[str, tuple[str, ...]] = {}
        self._reasons: dict[str, str] = {}

    @property
    def measured(self) -> set[str]:
        """The requirements that this run must have measured."""
        return {nfr for nfrs in self._begun.values() for nfr in nfrs}

    def begun(self, test: str, nfrs: tuple[str, ...]) -> None:
        """`test` measures these from now on: missing samples then make the run unjudged."""
        self._begun[test] = nfrs

    def left_out(self, test: str, nfrs: tuple[str, ...], reason: str) -> None:
        """`test`, which measures these, was skipped."""
        self._begun.pop(test, None)
        for nfr in nfrs:
            self._reasons.setdefault(nfr, reason)

    def has(self, requirements: Requirements) -> list[str]:
        """The needs of what was measured."""
        measured = self.measured
        needs = {need for nfr in requirements.nfrs if nfr.id in measured for need in nfr.needs}
        return sorted({one for need in needs for one in need.split(ANY_OF)})

    def lacks(self, requirements: Requirements) -> dict[str, str]:
        """Requirement -> why this run did not measure it."""
        measured = self.measured
        return {
            nfr.id: self._reasons.get(nfr.id, ONE_USER if _of_load(nfr) else _NOT_RUN)
            for nfr in requirements.nfrs
            # a requirement with `insisted` must be measured
            if nfr.id not in measured and not (nfr.insisted and nfr.id in self._reasons)
        }


def _of_load(nfr: Nfr) -> bool:
    """Does it need load? Concurrent users, peaks, and kinds of users that the suite does not play cannot be shown by
    one user.
    """
    return nfr.statistic in ("connected", "max") or any(need in KINDS and need not in PLAYED for need in nfr.needs)

"""The data a diagnosis uses: one record of a run's rows, samples, probes and verdicts, with methods to query it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reznet_load.core.measured.measurement import Row
from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.core.profile import Phase, main_phase
from reznet_load.core.rows import PROVIDER_FIRST_TEXT
from reznet_load.core.run import RunInfo, Verdict
from reznet_load.verdict.samples import Series

PROVIDERS = ("anthropic", "openai")
_NO_PHASE = Phase("", 0.0, 0.0, 0, False)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A run. `phase` is the judged one with the most users, `rows` are its rows; `worse`: ids of proven regressions.

    `left_out`: (from, to) in seconds since the epoch; samples in it are ignored, to see how much an estimate depends on
    them.
    """

    info: RunInfo
    phase: Phase = _NO_PHASE
    rows: dict[str, Row] = field(default_factory=dict)
    series: dict[str, Series] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()
    nfrs: dict[str, Nfr] = field(default_factory=dict)
    worse: frozenset[str] = frozenset()
    left_out: tuple[float, float] | None = None

    def facts(self, need: str, when: str = "after") -> dict[str, Any]:
        """What a probe found `before` or `after` the load; {} if it did not run."""
        found = self.info.probes.get(when, {}).get(need, {})
        return found if isinstance(found, dict) else {}

    def mean(self, key: str) -> float | None:
        """The mean of a row, None if there is no such row."""
        if self.left_out is not None and key in self.series:
            values = self.timed(key)
            return float(values.mean()) if len(values) else None
        row = self.rows.get(key)
        return row.mean if row else None

    def within(self, key: str, phase: Phase | None = None) -> Series | None:
        """The samples of a row in `phase` (default: the main one); None if there are none."""
        found = self.series.get(key)
        part = found.within(phase or self.phase) if found is not None else None
        if part is not None and self.left_out is not None:
            low, high = np.searchsorted(part.start, self.left_out)
            part = part.without(slice(int(low), int(high)))
        return part if part is not None and len(part) else None

    def timed(self, key: str, phase: Phase | None = None) -> np.ndarray:
        """Values of a row's timed successes; empty if there are none."""
        part = self.within(key, phase)
        if part is None:
            return np.empty(0)
        value = part.value[part.ok].astype(float)
        return value[~np.isnan(value)]

    @property
    def provider(self) -> str:
        """The provider behind the agents if the backend names it and it was also timed directly; else ""."""
        timed = (name for name in PROVIDERS if PROVIDER_FIRST_TEXT.of(name).key in self.rows)
        return next((name for name in timed if self.info.deployment.uses(name)), "")

    def limit(self, nfr: str, otherwise: float) -> float:
        """The limit of a requirement, `otherwise` if this run has none of that id."""
        return self.nfrs[nfr].limit.value if nfr in self.nfrs else otherwise

    def hidden(self, row: str) -> str:
        """Why a server hid `row` from its probe; empty if it did not."""
        found = [self.facts(need, when).get("hidden", {}) for when in ("after", "before") for need in self.info.has]
        return next((one[row] for one in found if row in one), "")

    @property
    def failed(self) -> dict[str, Verdict]:
        """Verdicts that failed or are worse than before, by id."""
        return {v.id: v for v in self.verdicts if v.outcome == "fail" or v.id in self.worse}


def gather(
    info: RunInfo,
    rows: tuple[Row, ...],
    series: dict[str, Series] | None = None,
    verdicts: tuple[Verdict, ...] = (),
    requirements: Requirements | None = None,
    worse: frozenset[str] = frozenset(),
) -> Evidence:
    """The Evidence from the results of a run."""
    main = main_phase(info.phases) or _NO_PHASE
    mine = {row.key: row for row in rows if row.phase == main.name}
    nfrs = {nfr.id: nfr for nfr in requirements.nfrs} if requirements else {}
    return Evidence(info, main, mine, series or {}, verdicts, nfrs, worse)

"""The rule of "100 concurrent users": the sockets connected in every second of a judged phase.

Each user has one socket, like a browser's tab, so sockets are users (docs/measurement.md#intervals-and-outcomes).
"""

from __future__ import annotations

import numpy as np

from reznet_load.core.nfr import Nfr
from reznet_load.core.profile import Phase
from reznet_load.core.run import Verdict
from reznet_load.verdict.judgement import FAILURES, Judgement
from reznet_load.verdict.samples import Series


def per_second(series: Series, phase: Phase) -> np.ndarray:
    """Sockets in each whole second of `phase`, summed over workers; NaN if a worker reported nothing for two seconds.

    The first and the last second are left out: whether a gauge written once a second falls into them is chance.
    """
    seconds = int(phase.seconds)
    total = np.zeros(max(seconds, 0))
    for worker in np.unique(series.worker):
        mine = series.worker == worker
        place = np.floor(series.start[mine] - phase.start).astype(int)
        known = np.full(seconds + 1, np.nan)
        inside = (place >= -1) & (place < seconds)
        known[place[inside] + 1] = series.value[mine][inside]
        # its timer may drift across the edge of a second
        carried = np.where(np.isnan(known[1:]), known[:-1], known[1:])
        total += carried
    return total[1:-1]


def judge_connected(nfr: Nfr, series: Series, phases: list[Phase]) -> Judgement | None:
    """Judged by the phase with the most users; any judged phase with fewer sockets than planned fails."""
    seen = [(phase, per_second(series, phase)) for phase in phases]
    seen = [(phase, counts) for phase, counts in seen if len(counts)]
    if not seen:
        return None
    for phase, counts in seen:
        if np.isnan(counts).any():
            reason = f"{int(np.isnan(counts).sum())} seconds of {phase.name} are missing: not every process reported its sockets"
            return _judgement("warning", nfr, series, phase, counts, reason)
        if counts.min() < phase.users:
            short = int((counts < phase.users).sum())
            reason = (
                f"{counts.min():.0f} of {phase.users} planned sockets open at the least, too few in {short} seconds"
            )
            return _judgement("fail", nfr, series, phase, counts, reason)
    phase, counts = max(seen, key=lambda pair: pair[0].users)
    if phase.users < nfr.limit.value:
        reason = f"{nfr.limit.value:.0f} not tried: this run had {counts.min():.0f} users, connected in every second; "
        reason += f"run with USERS={nfr.limit.value:.0f}"
        return _judgement("warning", nfr, series, phase, counts, reason, counts=False)
    return _judgement("pass", nfr, series, phase, counts, "")


def _judgement(
    outcome: str, nfr: Nfr, series: Series, phase: Phase, counts_: np.ndarray, reason: str, counts: bool = True
) -> Judgement:
    least = None if np.isnan(counts_).all() else float(np.nanmin(counts_))
    return Judgement(outcome, least, "users", len(counts_), series.key, phase.name, reason=reason, counts=counts)


def with_latency(found: Judgement, verdicts: list[Verdict], latencies: frozenset[str]) -> Judgement:
    """An open socket is not yet service: if one of the requirements `latencies` failed, a Pass or "not tried" becomes a
    Warning that counts.
    """
    failed = [v.title for v in verdicts if v.outcome == "fail" and v.required and v.id in latencies]
    if not failed or found.outcome == "fail":
        return found
    held = "no user" if found.value is None else f"{found.value:.0f} users"
    reason = f"with {held} connected, other requirements failed: {', '.join(failed)}"
    if not found.counts and found.reason:
        reason = f"this run did not try {found.reason.partition(' ')[0]} users. W{reason[1:]}"
    return Judgement("warning", found.value, "users", found.n, found.row, found.phase, reason=reason, open=FAILURES)

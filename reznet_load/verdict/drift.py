"""What changes while the load does not: memory and connections that grow, answers that get slower (a soak).

A leak is judged by when it would hurt: what reaches the limit of its own requirement within a day of such load fails.
Latency is the first quarter against the last (judgement, as for a regression: 20 % worse with intervals apart), and
differences below a twentieth of the limit are nobody's trouble. Drift is what a soak asks for: its lines count.
"""

from __future__ import annotations

import numpy as np

from reznet_load.core.measurement import STATISTICS
from reznet_load.core.nfr import Requirements
from reznet_load.core.profile import SOAK, Phase
from reznet_load.core.run import RunInfo, Verdict
from reznet_load.core.units import Limit, format_duration, format_value
from reznet_load.verdict import goodput
from reznet_load.verdict.intervals import exceedance
from reznet_load.verdict.judgement import spread
from reznet_load.verdict.samples import Series
from reznet_load.verdict.slope import slope

DAY_HOURS = 24.0
LEAST_SECONDS = 600.0  # judgement: in less, a process that fills its caches and pools looks like one that leaks
WORSE, TROUBLE = 1.2, 0.05  # times as slow; share of the limit
_FLOOR = STATISTICS["p95"].floor
_RANK = {"pass": 0, "warning": 1, "fail": 2}
# requirement whose limit a growth would reach -> id, title, unit of the growth, its row
_GROWING = {
    "backend_memory": ("leak_memory", "Leak: memory of the target", "MB/h"),
    "db_connections": ("leak_connections", "Leak: database connections", "connections/h"),
}


def drift(requirements: Requirements, info: RunInfo, series: dict[str, Series]) -> tuple[Verdict, ...]:
    """Its lines; none for a run without a soak."""
    phase = next((phase for phase in info.phases if phase.part == SOAK), None)
    if phase is None or not series:
        return ()
    growing = [nfr for nfr in requirements.nfrs if nfr.id in _GROWING]
    lines = [
        _growth(
            *_GROWING[nfr.id], nfr.limit, next((one for key, one in series.items() if nfr.matches(key)), None), phase
        )
        for nfr in growing
    ]
    return (*lines, _slower(requirements, series, phase))


def _growth(id: str, title: str, unit: str, limit: Limit, series: Series | None, phase: Phase) -> Verdict:
    wanted = f"not to {limit.text.lstrip('<= ')} within a day"
    part = series.within(phase) if series is not None else None
    read = _timed(part) if part is not None else np.empty(0, bool)
    seen = slope(part.start[read], part.value[read].astype(float)) if part is not None and read.any() else None
    if seen is None:
        return Verdict(
            id,
            title,
            "pending",
            unit,
            wanted,
            reason="not read for long enough",
            required=False,
            counts=False,
        )
    room = limit.value - seen.last
    value, low, high = (3600 * rise for rise in (seen.value, seen.low, seen.high))
    # What lies past its limit and does not grow is that requirement's trouble, and no leak.
    soon, late = (rise > 0 and rise * DAY_HOURS >= room for rise in (high, low))
    warming = phase.seconds < LEAST_SECONDS
    outcome = "fail" if soon and late and not warming else "warning" if soon else "pass"
    text = f"from {format_value(seen.last, limit.unit)} at the end "
    if outcome == "pass":
        reason = text + "it does not get there within a day" if value > 0 else ""
    else:
        when = format_duration(max(room, 0.0) / value * 3600) if value > 0 else "never"
        reason = text + f"it would reach {limit.text.lstrip('<= ')} in {when} of such load"
        if outcome == "warning":
            open_ = f"which less than {format_duration(LEAST_SECONDS)} of warming up would explain as well"
            reason += f", {open_ if late else 'which the interval does not prove'}"
    row = part.key if part is not None else ""
    n = len(part) if part is not None else 0
    return Verdict(id, title, outcome, unit, wanted, value, low, high, n, row=row, phase=phase.name, reason=reason)


def _slower(requirements: Requirements, series: dict[str, Series], phase: Phase) -> Verdict:
    """p95 of the last quarter over that of the first, row by row; the worst decides."""
    quarter, found = phase.seconds / 4, []
    early = Phase("first quarter", phase.start, phase.start + quarter, phase.users, True)
    late = Phase("last quarter", phase.end - quarter, phase.end, phase.users, True)
    for key, nfr in goodput.limits(requirements, series).items():
        if (one := _compared(series[key], nfr.limit, early, late)) is not None:
            found.append(one)
    title, wanted = "Slower: last quarter against first (p95)", f"<= {100 * (WORSE - 1):.0f} % more"
    if not found:
        reason = f"no row had {_FLOOR} samples in both quarters: a soak of 30 minutes has"
        return Verdict("slower", title, "warning", "%", wanted, reason=reason)
    outcome, worse, reason, n, key = max(found, key=lambda one: (_RANK[one[0]], one[1]))
    value = 100 * (worse - 1)
    return Verdict("slower", title, outcome, "%", wanted, value, n=n, row=key, phase=phase.name, reason=reason)


def _compared(series: Series, limit: Limit, early: Phase, late: Phase) -> tuple[str, float, str, int, str] | None:
    parts = [series.within(quarter) for quarter in (early, late)]
    parts = [(part.start[chosen], part.value[chosen].astype(float)) for part in parts for chosen in [_timed(part)]]
    if any(len(value) < _FLOOR for _, value in parts):
        return None
    first, last = (exceedance(start, value, limit.value, 0.95) for start, value in parts)
    trouble = TROUBLE * limit.value
    if last.low > WORSE * first.high and last.low - first.high > trouble:
        outcome = "fail"
    elif last.high <= WORSE * first.low or last.high - first.low <= trouble:
        outcome = "pass"
    else:
        outcome = "warning"
    shown = [spread(one.value, one.low, one.high, "ms") for one in (first, last)]
    return outcome, last.value / first.value, f"first {shown[0]}, last {shown[1]}", len(parts[1][1]), series.key


def _timed(part: Series) -> np.ndarray:
    return part.ok & ~np.isnan(part.value)

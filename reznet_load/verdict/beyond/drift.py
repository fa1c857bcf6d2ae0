"""Changes under constant load (a soak): memory and connections that grow, answers that get slower.

A leak is judged by when it would do harm: growth that would reach the limit of its own requirement within a day of this
load fails. For latency, of users and of the probes' queries, the last quarter is compared with the first (our
judgement): it fails if the lower bound of the last is more than 20 % above the upper bound of the first. Differences
below a twentieth of the limit do not matter to users. Drift is what a soak tests, so its verdicts count.
"""

from __future__ import annotations

import numpy as np

from reznet_load.core.measured.named_row import PROBE
from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import Requirements
from reznet_load.core.profile import SOAK, Phase
from reznet_load.core.rows import named
from reznet_load.core.run import RunInfo, Verdict
from reznet_load.core.units import Limit, format_duration, format_value
from reznet_load.verdict import goodput
from reznet_load.verdict.beyond.slope import slope
from reznet_load.verdict.bounding import bounding
from reznet_load.verdict.intervals import exceedance
from reznet_load.verdict.judgement import RANK, spread
from reznet_load.verdict.samples import Series

DAY_HOURS = 24.0
_YEAR_HOURS = 365 * DAY_HOURS
LEAST_SECONDS = 600.0  # our judgement: over less, a process that fills its caches and pools looks like one that leaks
ENOUGH_SECONDS = 1800.0  # a shorter duration is stated next to a claim about a day
WORSE, TROUBLE = 1.2, 0.05  # times as slow; share of the limit
_APART = f"less than {100 * TROUBLE:.0f} % of the limit apart"
_FLOOR = statistic_of("p95").floor
# requirement whose limit the growth would reach -> id, title, unit of the growth, its row
_GROWING = {
    "backend_memory": ("leak_memory", "Leak: memory of the target", "MB/h"),
    "db_connections": ("leak_connections", "Leak: database connections", "connections/h"),
}


def drift(requirements: Requirements, info: RunInfo, series: dict[str, Series]) -> tuple[Verdict, ...]:
    """The verdicts on drift; none for a run without a soak phase."""
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
    wanted = f"below {limit.text.lstrip('<= ')} after a day"
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
    # A value over its limit that does not grow already fails its own requirement; it is not a leak.
    soon, late = (rise > 0 and rise * DAY_HOURS >= room for rise in (high, low))
    warming = phase.seconds < LEAST_SECONDS
    outcome = "fail" if soon and late and not warming else "warning" if soon else "pass"
    said = [_reached(value, room, seen.last, limit)]
    if outcome == "warning" and late:
        said.append(f"less than {format_duration(LEAST_SECONDS)} of warm-up would also explain that")
    elif outcome == "warning":
        said.append("its interval does not decide whether that is within a day")
    if phase.seconds < ENOUGH_SECONDS and not (outcome == "warning" and late):
        said.append(f"{format_duration(phase.seconds)} are extrapolated to a day")
    reason = "; ".join(filter(None, said))
    row = part.key if part is not None else ""
    n = len(part) if part is not None else 0
    return Verdict(id, title, outcome, unit, wanted, value, low, high, n, row=row, phase=phase.name, reason=reason)


def _reached(hourly: float, room: float, last: float, limit: Limit) -> str:
    """When a value that grows by `hourly` would have used up `room`, as text."""
    if hourly <= 0:
        return ""
    hours, there = max(room, 0.0) / hourly, limit.text.lstrip("<= ")
    when = "in more than a year" if hours > _YEAR_HOURS else f"in {format_duration(_rounded(3600 * hours))}"
    return f"from {format_value(last, limit.unit)} at the end it would reach {there} {when} of this load"


def _rounded(seconds: float) -> float:
    """To whole hours from ten hours on, to whole minutes from ten minutes on: a slope is not more precise."""
    step = next((unit for unit in (3600.0, 60.0) if seconds >= 10 * unit), 1.0)
    return step * round(seconds / step)


def _slower(requirements: Requirements, series: dict[str, Series], phase: Phase) -> Verdict:
    """p95 of the last quarter relative to that of the first, row by row; the worst decides."""
    quarter, found = phase.seconds / 4, []
    early = Phase("first quarter", phase.start, phase.start + quarter, phase.users, True)
    late = Phase("last quarter", phase.end - quarter, phase.end, phase.users, True)
    bounded = bounding(requirements, [*goodput.of_users(series), *(key for key in series if _probed(key))])
    for key, nfr in bounded.items():
        if (one := _compared(series[key], nfr.limit, early, late)) is not None:
            found.append(one)
    title, wanted = "Slower: last quarter against first (p95)", f"<= {100 * (WORSE - 1):.0f} % more, or {_APART}"
    if not found:
        reason = f"no row had {_FLOOR} samples in both quarters; a soak of 30 minutes has enough"
        return Verdict("slower", title, "warning", "%", wanted, reason=reason)
    outcome, worse, reason, n, key = max(found, key=lambda one: (RANK[one[0]], one[1]))
    reason += _of(list(bounded), [one[-1] for one in found])
    value = 100 * (worse - 1)
    return Verdict("slower", title, outcome, "%", wanted, value, n=n, row=key, phase=phase.name, reason=reason)


def _probed(key: str) -> bool:
    return named(key).kind == PROBE


def _of(bounded: list[str], compared: list[str]) -> str:
    """Names the rows of which that is the worst, and those with too few samples to be compared."""
    queries = sum(map(_probed, compared))
    kinds = f"{len(compared) - queries} of users, {queries} of probes"
    text = f"; the worst of {len(compared)} rows compared ({kinds})" if len(compared) > 1 else "; the only row compared"
    few = [key for key in bounded if key not in compared]
    return text + (f"; fewer than {_FLOOR} samples in a quarter: {', '.join(few)}" if few else "")


def _compared(series: Series, limit: Limit, early: Phase, late: Phase) -> tuple[str, float, str, int, str] | None:
    quarters = [series.within(quarter) for quarter in (early, late)]
    parts = [(part.start[chosen], part.value[chosen].astype(float)) for part in quarters for chosen in [_timed(part)]]
    if any(len(value) < _FLOOR for _, value in parts):
        return None
    first, last = (exceedance(start, value, limit.value, 0.95) for start, value in parts)
    trouble, why = TROUBLE * limit.value, ""
    if last.low > WORSE * first.high and last.low - first.high > trouble:
        outcome = "fail"
    elif last.high <= WORSE * first.low:
        outcome = "pass"
    elif last.high - first.low <= trouble:
        outcome, why = "pass", f", {_APART} ({limit.text})"
    else:
        outcome = "warning"
    shown = [spread(one.value, one.low, one.high, "ms") for one in (first, last)]
    return (
        outcome,
        last.value / first.value,
        f"{series.key}: first {shown[0]}, last {shown[1]}{why}",
        len(parts[1][1]),
        series.key,
    )


def _timed(part: Series) -> np.ndarray:
    return part.ok & ~np.isnan(part.value)

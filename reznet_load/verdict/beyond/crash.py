"""Did the target crash? No, if its process could be read to the end, no connection was refused, and all sockets stayed
open.
"""

from __future__ import annotations

import numpy as np

from reznet_load.core.failed.failure_kinds import FailureKind, kind_of
from reznet_load.core.measured.named_row import OF_SYSTEM
from reznet_load.core.profile import Phase
from reznet_load.core.rows import OF_TARGET, OPEN_SOCKETS, TARGET_MEMORY, named
from reznet_load.core.run import Verdict
from reznet_load.core.units import format_value
from reznet_load.verdict import goodput
from reznet_load.verdict.connected import per_second
from reznet_load.verdict.judgement import two_at_least
from reznet_load.verdict.samples import Series

_GAP_SECONDS = 5.0  # without a reading of a process that is normally read once a second


def crash(series: dict[str, Series], beyond: list[Phase], last: Phase) -> Verdict:
    """Passes if the target's process could be read to the end, its port refused no connection, and all sockets stayed
    open.
    """
    span = Phase("beyond and after", beyond[0].start, last.end, 0, True)
    refused = 0
    for key in goodput.of_users(series):
        numbers = [number for number, text in enumerate(series[key].texts) if kind_of(text) is FailureKind.REFUSED]
        refused += int(np.isin(series[key].within(span).error, numbers).sum())
    process = series.get(TARGET_MEMORY.key)
    probed = [one.start[-1] for key, one in series.items() if _is_of_a_server(key) and len(one)]
    gone = process is not None and process.start[-1] < min(last.end, max(probed, default=last.end)) - _GAP_SECONDS
    short = _sockets_short(series, beyond)
    said = [
        f"the target's process was last seen {format_value((last.end - process.start[-1]) * 1000, 'ms')} before the end"
        if gone and process is not None
        else "",
        f"{refused} connection{'s were' if refused > 1 else ' was'} refused" if refused else "",
        short,
    ]
    watched = OPEN_SOCKETS.key in series and any(len(series[OPEN_SOCKETS.key].within(phase)) for phase in beyond)
    if process is None and not watched and not refused:
        reason = "neither the target's process nor the users' sockets were read"
        return Verdict("no_crash", "No crash", "pending", "count", "none", reason=reason)
    outcome = "fail" if gone else two_at_least("fail", refused) if refused else "warning" if short else "pass"
    seen = "the target's process was there in every second" if process is not None else "its process could not be seen"
    seen += ", every socket stayed open" if watched else ""
    reason = "; ".join(filter(None, said)) or f"{seen}, no connection was refused"
    return Verdict(
        "no_crash",
        "No crash",
        outcome,
        "count",
        "none",
        value=float(refused + gone),
        reason=reason,
        row=TARGET_MEMORY.key,
    )


def _is_of_a_server(key: str) -> bool:
    """Is it a gauge of PostgreSQL or Redis? If these stop too, the probes ended, not the target."""
    row = named(key)
    return row.is_gauge and row.whose == OF_SYSTEM and key not in OF_TARGET


def _sockets_short(series: dict[str, Series], beyond: list[Phase]) -> str:
    if OPEN_SOCKETS.key not in series:
        return ""
    for phase in beyond:
        counts = per_second(series[OPEN_SOCKETS.key], phase)
        counts = counts[len(counts) // 2 :]  # in the first half users may still be connecting
        if len(counts) and not np.isnan(counts).all() and np.nanmin(counts) < phase.users:
            return f"only {np.nanmin(counts):.0f} of {phase.users} sockets were open for a second of {phase.name}"
    return ""

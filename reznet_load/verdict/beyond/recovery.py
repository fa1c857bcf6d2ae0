"""How soon a deployment recovered after a spike or a fault: one rule for all (docs/rules/load-shapes.md#windows-of-a-recovery).

It has recovered at the first of three consecutive windows of 10 s in which every required latency and error rate is in
target (verdict.bounding.in_target). More than 300 s is a state that outlives its cause (metastable: Bronson et al.,
HotOS'21).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.core.profile import Phase
from reznet_load.core.units import format_duration, format_value
from reznet_load.verdict.bounding import in_target
from reznet_load.verdict.judgement import FEWEST
from reznet_load.verdict.samples import Series
from reznet_load.verdict.share_rules import past, successes

# Judgement: docs/measurement.md#recovery.
WINDOW_SECONDS = 10.0
CONSECUTIVE = 3
PASS_SECONDS, WARNING_SECONDS = 60.0, 300.0
UNSEEN = "unseen"  # neither a recovery nor its absence is proven: the observation was too short


@dataclass(frozen=True, slots=True)
class Recovery:
    """`outcome`: pass, warning, fail, or UNSEEN if the samples end too soon to say.

    seconds   from `after` to the first of the three windows; None: no recovery was observed
    longer    lower bound of the seconds it took; equal to `seconds` if a recovery was observed
    reason    in words for the reader, with what was last out of target
    """

    outcome: str
    seconds: float | None
    longer: float
    reason: str


def recovery(requirements: Requirements, series: dict[str, Series], after: float, until: float) -> Recovery:
    """The recovery between `after` and `until`, seconds since the epoch by the clock of `series`.

    A measured requirement without samples in a window counts as out of target there: users who hang produce none.
    """
    chosen = in_target(requirements)
    watched = [(nfr, rows) for nfr in chosen if (rows := [one for key, one in series.items() if nfr.matches(key)])]
    if not watched:
        return Recovery(UNSEEN, None, 0.0, "nothing with a required latency or error rate was measured")
    count = max(0, math.floor((until - after) / WINDOW_SECONDS))
    good = 0
    last = ""
    for number in range(count):
        begin = after + number * WINDOW_SECONDS
        wrong = _out_of_target(watched, Phase("window", begin, begin + WINDOW_SECONDS, 0, True))
        good = 0 if wrong else good + 1
        last = wrong or last
        if good == CONSECUTIVE:
            return _seen((number + 1 - CONSECUTIVE) * WINDOW_SECONDS, last)
    return _unseen((count - good) * WINDOW_SECONDS, max(0.0, until - after), last)


def _out_of_target(watched: list[tuple[Nfr, list[Series]]], window: Phase) -> str:
    """The first requirement that does not hold in `window`, with the row; empty if all hold."""
    for nfr, rows in watched:
        parts = [part for one in rows if len(part := one.within(window))]
        if not parts:
            return f"{nfr.title}, silence"
        for part in parts:
            if not _holds(nfr, part):
                return f"{nfr.title}, {part.key}"
    return ""


def _holds(nfr: Nfr, part: Series) -> bool:
    """Does `nfr` hold in one window? The point estimate decides, because ten seconds hold too few samples for an
    interval.

    One failure, or one value beyond the limit, is tolerated if the row also has a good value.
    """
    failed, ended = int(part.failed.sum()), int((part.ok | part.failed).sum())
    statistic, limit = statistic_of(nfr.statistic), nfr.limit
    if statistic.family == "errors":
        return not ended or limit.holds(100 * failed / ended) or failed < min(FEWEST, ended)
    _, value, _ = successes(part, limit)
    if not len(value):
        return not failed
    mean = statistic.family == "mean"
    estimate = value.mean() if mean else np.quantile(value, statistic.level, method="inverted_cdf")
    return limit.holds(float(estimate)) or past(limit, value) < min(FEWEST, len(value))


def _seen(seconds: float, last: str) -> Recovery:
    outcome = "pass" if seconds <= PASS_SECONDS else "warning" if seconds <= WARNING_SECONDS else "fail"
    text = f"in target from {format_value(1000 * seconds, 'ms')} on" if seconds else "in target at once"
    return Recovery(outcome, seconds, seconds, text + _last(last))


def _unseen(longer: float, measured: float, last: str) -> Recovery:
    """The result without an observed recovery within `longer` seconds: above the last limit a fail, else not known."""
    reason = f"not seen within the {format_duration(measured)} that were measured" + _last(last)
    return Recovery("fail" if longer > WARNING_SECONDS else UNSEEN, None, longer, reason)


def _last(wrong: str) -> str:
    return f"; last out of target: {wrong}" if wrong else ""

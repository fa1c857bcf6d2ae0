"""What late pings waited for. This estimate decides the pattern "blocked event loop" and every share of that name.

A loop that was blocked releases all that it held back at once: late pings that return together with other late answers
waited for the event loop; late pings that return alone waited somewhere else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from reznet_load.core.finding import FOUND, NOT_CHECKED, NOT_FOUND
from reznet_load.core.profile import Phase
from reznet_load.core.rows import ECHO, LOOP_LAG, PING, TARGET_CPU, named
from reznet_load.verdict.diagnosis.evidence import Evidence
from reznet_load.verdict.diagnosis.patterns import thresholds as at
from reznet_load.verdict.generator.core_waits import core_waits, on_this_machine
from reznet_load.verdict.intervals import blocks, per_block, share_interval
from reznet_load.verdict.samples import Series


@dataclass(frozen=True, slots=True)
class LoopWaits:
    """`answer` of the pattern and `why` it is open; `busy`: the process computes all the time, so its loop has a queue.
    `no_core`: waiting for a core can explain the late pings.

    late       of `pings`, over `over` ms; the longest took `longest` ms
    together   share of the late ones that returned with another late answer, 0..1; `chance` is the share expected by
               chance
    """

    answer: str
    why: str = ""
    busy: bool = False
    no_core: bool = False
    pings: int = 0
    late: int = 0
    over: float = 0.0
    longest: float = 0.0
    together: float = 0.0
    chance: float = 0.0


def loop_waits(evidence: Evidence, phase: Phase | None = None) -> LoopWaits:
    """For `phase`, else for the main one."""
    phase = phase or evidence.phase
    pings = evidence.timed(PING.key, phase)
    if len(pings) < at.FEWEST_READS:
        return LoopWaits(NOT_CHECKED, f"{len(pings)} pings were answered, {at.FEWEST_READS} are needed")
    over = min(at.LATE_PING, evidence.limit("websocket_latency_p95", 2 * at.LATE_PING) / 2)
    slow = float(np.quantile(pings, 0.95, method="inverted_cdf"))
    if slow < over:
        return LoopWaits(NOT_FOUND)
    lag = evidence.timed(LOOP_LAG.key, phase)
    if len(lag) and np.quantile(lag, 0.99, method="inverted_cdf") > at.GENERATOR_SHARE * slow:
        return LoopWaits(NOT_CHECKED, "the generator itself was late")
    waited = core_waits(evidence.series, phase)
    if waited.explains(_least_late(evidence, phase, over), on_this_machine(evidence.info)):
        then = "" if waited.own_load else "; free the machine and run again"
        return LoopWaits(NOT_CHECKED, f"the machine was overloaded: {waited.text}{then}", no_core=True)
    return _by_moments(evidence, phase, pings, over)


def _by_moments(evidence: Evidence, phase: Phase, pings: np.ndarray, over: float) -> LoopWaits:
    """Decides by when the late pings returned."""
    late = _late_ends(evidence.within(PING.key, phase), over)
    answered = [key for key in evidence.series if _has_one_answer(key)]
    all_ends = np.sort(np.concatenate([_late_ends(evidence.within(key, phase), over) for key in answered]))
    together = _together(late, all_ends)
    chance = 1 - math.exp(-len(all_ends) / max(phase.seconds, 1e-9) * 2 * at.TOGETHER / 1000)
    seen = LoopWaits(
        NOT_CHECKED,
        busy=(evidence.mean(TARGET_CPU.key) or 0.0) >= at.BUSY_CPU,
        pings=len(pings),
        late=len(late),
        over=over,
        longest=float(pings.max()),
        together=float(together.mean()) if len(late) else 0.0,
        chance=chance,
    )
    wanted = chance + at.TOGETHER_SHARE
    if wanted >= 1:
        return replace(seen, why="answers come too close together to decide")
    if len(late) < at.FEWEST:
        return replace(seen, why=f"only {len(late)} pings were late")
    block = blocks(late)
    total = per_block(block)
    bounds = share_interval(per_block(block, together)[total > 0], total[total > 0])
    if bounds.low >= wanted:
        return replace(seen, answer=FOUND)
    if seen.busy:
        return replace(seen, why="the backend was busy all the time, and a queue in its loop looks the same")
    if bounds.high < wanted:
        return replace(seen, answer=NOT_FOUND)
    shares = f"{100 * bounds.low:.0f} to {100 * bounds.high:.0f} %"
    return replace(
        seen, why=f"{shares} of the late pings came back with other late answers, {100 * wanted:.0f} % are decisive"
    )


def _least_late(evidence: Evidence, phase: Phase, over: float) -> float:
    """The share of pings that took over `over` ms, 0..1: the lower bound of its interval."""
    part = evidence.within(PING.key, phase)
    if part is None:
        return 0.0
    start, late = part.start[part.ok], (part.value[part.ok] > over).astype(float)
    block = blocks(start)
    return share_interval(per_block(block, late), per_block(block)).low


def _late_ends(part: Series | None, over: float) -> np.ndarray:
    """When the late successes returned, seconds since the epoch."""
    if part is None:
        return np.empty(0)
    late = part.ok & (part.value > over)
    return part.start[late] + part.value[late].astype(float) / 1000


def _together(ends: np.ndarray, all_ends: np.ndarray) -> np.ndarray:
    """For each of `ends`: did another of `all_ends` (sorted) come within TOGETHER?"""
    near = at.TOGETHER / 1000
    found = np.searchsorted(all_ends, ends + near, "right") - np.searchsorted(all_ends, ends - near, "left")
    return (found > 1).astype(float)


def _has_one_answer(key: str) -> bool:
    """Does an operation of this row end when the backend sends its only answer?"""
    return key in (PING.key, ECHO.key) or named(key).is_rest

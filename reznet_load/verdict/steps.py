"""Judges each number of users that a run held by itself: the basis of stress and capacity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.core.phases.steps import Step
from reznet_load.core.profile import SETTLE, STEP, Phase
from reznet_load.core.rows import AGENT_TURN
from reznet_load.core.run import RunInfo, Verdict
from reznet_load.core.units import six_digits
from reznet_load.verdict import goodput
from reznet_load.verdict.capacity.saturation import rising
from reznet_load.verdict.cautions import cautions
from reznet_load.verdict.judge import judge
from reznet_load.verdict.judgement import RANK
from reznet_load.verdict.row_summary import row
from reznet_load.verdict.samples import Series

TURN = AGENT_TURN.key


def held(info: RunInfo) -> list[Phase]:
    """The phases in which a number of users was held, if there are several or it was a search for the most; else none."""
    found = [phase for phase in info.phases if phase.part and phase.part != SETTLE and phase.seconds > 0]
    return found if len(found) > 1 or any(phase.part == STEP for phase in found) else []


def steps(requirements: Requirements, info: RunInfo, series: dict[str, Series]) -> tuple[Step, ...]:
    """One Step for each phase of `held`; none without samples."""
    bounded = goodput.limits(requirements, series)
    return tuple(_step(requirements, info, series, phase, bounded) for phase in held(info)) if series else ()


def _step(
    requirements: Requirements, info: RunInfo, series: dict[str, Series], phase: Phase, bounded: dict[str, Nfr]
) -> Step:
    parts = {key: series[key].within(phase) for key in bounded}
    answered = sum(_answered(series[key], phase) for key in bounded)
    good = {key: part.start[goodput.good(part, bounded[key].limit.value)] for key, part in parts.items()}
    rate = goodput.rate(np.concatenate(list(good.values())) if good else np.empty(0), phase)
    low, high = goodput.bounds(rate)
    ended = [row(series[key], phase) for key in goodput.of_users(series)]
    total, failed = sum(one.total for one in ended), sum(one.failures for one in ended)
    turn = next((one for one in ended if one.key == AGENT_TURN.key), None)
    state, reason = _state(requirements, replace(info, phases=(replace(phase, judged=True),), cautions=()), series)
    return Step(
        phase.name, phase.part, phase.users, round(phase.seconds, 3), state, reason,
        throughput=six_digits(answered / phase.seconds), goodput=six_digits(rate.value), low=six_digits(low),
        high=six_digits(high), turns=six_digits(_answered(series[AGENT_TURN.key], phase) / phase.seconds) if turn else 0.0,
        turn_p95=turn.p95 if turn else None, failed=six_digits(100 * failed / total) if total else None,
        good={key: six_digits(len(start) / phase.seconds) for key, start in good.items()},
    )  # fmt: skip


def _answered(series: Series, phase: Phase) -> int:
    """Successes that ended in `phase`: while a queue grows, more operations begin than end."""
    end = series.start[series.ok] + np.nan_to_num(series.value[series.ok].astype(float)) / 1000
    return int(((end >= phase.start) & (end < phase.end)).sum())


def _state(requirements: Requirements, info: RunInfo, series: dict[str, Series]) -> tuple[str, str]:
    """The state of the one phase in `info`."""
    reasons = [caution.text for caution in cautions(info, series) if caution.void]
    if reasons:
        return "void", reasons[0]
    under = rising(series, info.phases[0]) if info.phases[0].part == STEP else ""
    return ("fail", under) if under else state_of(judge(requirements, info, series))


def state_of(verdicts: tuple[Verdict, ...]) -> tuple[str, str]:
    """(the worst required outcome, the requirements that decided it with their reasons)."""
    counted = [v for v in verdicts if v.required and v.counts]
    if not counted:
        return "pending", "nothing was judged"
    worst = max((v.outcome for v in counted), key=RANK.__getitem__)
    return worst, "; ".join(f"{v.title}: {v.reason}" for v in counted if v.outcome == worst and worst != "pass")

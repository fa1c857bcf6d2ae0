"""The present state of a run folder: while the run is on, after its end, or after it was killed. Uses the same judge.

Cost of a judgement: see `load/live_judge.py`.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.failed.failed_kind import FailedKind, by_row
from reznet_load.core.needs import lacking
from reznet_load.core.nfr import Requirements
from reznet_load.core.phases.steadiness import SETTLE_SECONDS
from reznet_load.core.profile import STEP, Phase
from reznet_load.core.run import MARKS, RunInfo, RunResult, Verdict
from reznet_load.core.system import clock
from reznet_load.core.units import format_value
from reznet_load.result.assemble import judge_ended, judge_running
from reznet_load.result.failures import failed_kinds
from reznet_load.result.files import read_files
from reznet_load.verdict.capacity.saturation import rising
from reznet_load.verdict.generator.signals import Reading, readings
from reznet_load.verdict.samples import Series

# Workers send once a second and their gauges may drift across a second's edge: data older than this are complete.
DELAY_SECONDS = 3.0
QUIET_SECONDS = 10.0  # a run in progress writes every second, at least its own gauges
RECENT_SECONDS = 10.0  # of the generator's readings, before anything is judged
_ADVISORY = "advisory fail"
_OUTCOMES = {"void": "❌ Void", "unjudged": "⏳ Unjudged", "interrupted": "⚠️ Interrupted"} | MARKS


@dataclass(frozen=True, slots=True)
class Standing:
    """`state`: running, ended, killed. `waiting`: why nothing is judged yet, empty once something is.

    `rising`: in words, a step of a search that saturates while its values still look good
    (verdict/capacity/saturation.py).
    """

    result: RunResult
    state: str
    waiting: str
    phase: str
    generator: tuple[Reading, ...]
    rising: str = ""

    @property
    def headline(self) -> str:
        """The state in a sentence."""
        if self.waiting:
            return f"⏳ Nothing is judged yet: {self.waiting}"
        counts = Counter(outcome_in_words(verdict) for verdict in self.result.verdicts)
        listed = ", ".join(f"{counts[words]} {words}" for words in (*MARKS, _ADVISORY) if counts[words])
        words = "So far" if self.state == "running" else "Outcome"
        return f"{words}: {_OUTCOMES[self.result.outcome]} ({listed})"

    @property
    def of_generator(self) -> str:
        """Was the generator the bottleneck? One sentence; the cautions say what to do."""
        levels = {reading.level for reading in self.generator}
        if any(caution.void for caution in self.result.cautions):
            return "The generator was at its limit: the run is void."
        if not levels:
            return "The generator was not watched."
        if self.waiting:
            return f"The generator over the last {RECENT_SECONDS:.0f} s, which do not count:"
        if levels == {"ok"}:
            return "The generator keeps up: the run is not void."
        return "The generator is near its limit; the run is not void."


def outcome_in_words(verdict: Verdict) -> str:
    """`pass`, `fail` and so on; `advisory fail` for a failure that does not fail the run."""
    return _ADVISORY if verdict.outcome == "fail" and not verdict.required else verdict.outcome


def stand(folder: Path, now: float | None = None) -> Standing:
    """Judge `folder` at `now`, by the run's clock (None: now). Raises ConfigError if there is nothing to judge."""
    found = read_files(folder)
    wall = time.time() if now is None else now  # file times are wall-clock times, whatever it was set to
    now = clock.now_of(found.info.clock) if now is None else now
    state = _state(folder, found.info, wall)
    if state != "running":
        result = _with_failures(judge_ended(found), found.series)
        return Standing(result, state, "", "", _generator(found.series, result.info, now))
    planned = found.info.phases
    info = replace(found.info, phases=_begun(planned, now - DELAY_SECONDS))
    result = _with_failures(judge_running(found, info), found.series)
    waiting = "" if any(phase.judged for phase in info.phases) else _waiting(found.info, now)
    if waiting:
        probed = (folder / run_folder.FACTS).exists()
        result = replace(result, verdicts=_told_to_wait(result.verdicts, found.requirements, info, probed, waiting))
    on = next((phase.name for phase in planned if phase.start <= now < phase.end), "")
    step = next((phase for phase in info.phases if phase.judged and phase.part == STEP), None)
    under = rising(found.series, step) if step is not None else ""
    return Standing(result, state, waiting, on, _generator(found.series, info, now), under)


def _with_failures(result: RunResult, series: dict[str, Series]) -> RunResult:
    """Also with the kinds of failures: in judged phases, or before them in all phases so far."""
    return replace(result, failures=failed_kinds(result.info, series, (), ()))


def _state(folder: Path, info: RunInfo, wall: float) -> str:
    if info.ended or not info.started:
        return "ended"
    written = [path.stat().st_mtime for path in (folder, *(folder / run_folder.SAMPLES).glob("*.bin"))]
    return "running" if wall - max(written) < QUIET_SECONDS else "killed"


def _begun(phases: tuple[Phase, ...], until: float) -> tuple[Phase, ...]:
    """The phases that had begun at `until`; the last one ends there."""
    return tuple(replace(phase, end=min(phase.end, until)) for phase in phases if phase.start < until)


def _waiting(info: RunInfo, now: float) -> str:
    if info.origin is None:
        return "the run is being set up"
    coming = [phase.start for phase in info.phases if phase.judged]
    if not coming:
        return f"the steady phase begins {SETTLE_SECONDS:.0f} s after all users are there"
    if now < min(coming):
        return f"the steady phase begins in {math.ceil(min(coming) - now)} s"
    return "the steady phase has begun, its first values are on their way"


def _told_to_wait(
    verdicts: tuple[Verdict, ...], requirements: Requirements, info: RunInfo, probed: bool, waiting: str
) -> tuple[Verdict, ...]:
    """Verdicts are pending because it is too early, except those that this run cannot measure: the probes show that
    early.
    """
    outside = {nfr.id for nfr in requirements.nfrs if probed and lacking(nfr.needs, info.has)}
    return tuple(v if v.id in outside else replace(v, reason=waiting, open="") for v in verdicts)


def _generator(series: dict[str, Series], info: RunInfo, now: float) -> tuple[Reading, ...]:
    """The generator's signals in judged phases; before them, of the last seconds."""
    phases = [phase for phase in info.phases if phase.judged]
    return readings(series, phases or [Phase("recent", now - RECENT_SECONDS, now, info.users, False)])


def as_json(found: Standing) -> dict[str, Any]:
    """The state for machines and for the page; every number also as text by `core.units`."""
    result = found.result
    spans = [f"{phase.name}, {phase.seconds:.0f} s" for phase in result.info.phases if phase.judged]
    return {
        "run": result.info.id,
        "scenario": result.info.scenario,
        "host": result.info.host,
        "state": found.state,
        "outcome": result.outcome,
        "headline": found.headline,
        "phase": found.phase,
        "judged": spans,
        "verdicts": [_verdict(verdict) for verdict in result.verdicts],
        "failing": [_failing(row, kinds) for row, kinds in by_row(result.failures).items()],
        "cautions": [asdict(caution) for caution in result.cautions],
        "rising": found.rising,
        "behind": DELAY_SECONDS if found.state == "running" else 0.0,
        "of_generator": found.of_generator,
        "generator": [_reading(reading) for reading in found.generator],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    unit = verdict.unit
    low = verdict.low
    high = verdict.high
    interval = "" if low is None or high is None else f"{format_value(low, unit)} to {format_value(high, unit)}"
    written = {"value": format_value(verdict.value, unit), "interval": interval}
    return asdict(verdict) | {"mark": verdict.mark, "written": written}


def _failing(row: str, kinds: list[FailedKind]) -> dict[str, Any]:
    """A row that failed, with its kinds, most frequent first."""
    listed = [{"error": one.error, "count": one.count} for one in kinds]
    return {"row": row, "failed": sum(one.count for one in kinds), "total": kinds[0].total, "kinds": listed}


def _reading(reading: Reading) -> dict[str, Any]:
    signal = reading.signal
    return {
        "id": signal.id,
        "text": signal.text[0].upper() + signal.text[1:],
        "value": round(reading.value, 3),
        "level": reading.level,
        "written": format_value(reading.value, signal.unit),
        "limit": format_value(signal.void, signal.unit),
    }

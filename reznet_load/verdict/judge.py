"""The only judge: takes requirements and evidence, gives verdicts."""

from __future__ import annotations

from dataclasses import replace

from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.needs import lacking, reason_for, unasked
from reznet_load.core.nfr import Nfr, Requirements
from reznet_load.core.profile import Phase
from reznet_load.core.rows import AGENT_TURN, CHUNK_GAP, FIRST_TOKEN, is_of_provider, named
from reznet_load.core.run import Caution, RunInfo, Verdict
from reznet_load.core.units import six_digits_or_none
from reznet_load.verdict.bounding import is_latency
from reznet_load.verdict.connected import judge_connected, with_latency
from reznet_load.verdict.csv.judge_table import judge_readings
from reznet_load.verdict.csv.table import Table
from reznet_load.verdict.judgement import FAILURES, SAMPLES, SILENT, VOID, Judgement, none_succeeded, pending, worst
from reznet_load.verdict.rules import judge_series, only_failed
from reznet_load.verdict.samples import Series


def judge(
    requirements: Requirements, info: RunInfo, series: dict[str, Series], table: Table | None = None
) -> tuple[Verdict, ...]:
    """A verdict for each requirement, in order, except those of kinds of users that the run was not asked for.

    The `table` of Locust's CSVs is used if there are no `series`.
    """
    if series or info.has:
        asked = tuple(nfr for nfr in requirements.nfrs if not unasked(nfr.needs, info.has))
        requirements = replace(requirements, nfrs=asked)
    phases = [phase for phase in info.phases if phase.judged]
    latencies = frozenset(nfr.id for nfr in requirements.nfrs if is_latency(nfr))
    made: dict[str, Verdict] = {}
    # the requirement on connected users needs the other verdicts
    for nfr in sorted(requirements.nfrs, key=_is_connected):
        made[nfr.id] = _verdict(nfr, info, series, table, phases, list(made.values()), latencies)
    return tuple(made[nfr.id] for nfr in requirements.nfrs)


def _is_connected(nfr: Nfr) -> bool:
    return statistic_of(nfr.statistic).family == "connected"


def _verdict(
    nfr: Nfr,
    info: RunInfo,
    series: dict[str, Series],
    table: Table | None,
    phases: list[Phase],
    others: list[Verdict],
    latencies: frozenset[str],
) -> Verdict:
    if nfr.id in info.lacks:
        return pending(nfr, info.lacks[nfr.id], counts=False)
    if missing := lacking(nfr.needs, info.has) if series or info.has else []:
        return pending(nfr, reason_for(missing[0], info.lacks), counts=nfr.insisted)
    hidden = hidden_rows(info, nfr)
    series = {key: one for key, one in series.items() if key not in hidden} if hidden else series
    if _is_connected(nfr):
        gauges = next((found for key, found in series.items() if nfr.matches(key)), None)
        found = judge_connected(nfr, gauges, phases) if gauges is not None else None
        found = with_latency(found, others, latencies) if found else None
    elif series:
        found = worst(nfr, _from_series(nfr, info, series, phases))
    elif table is not None:
        (verdict,) = judge_readings(Requirements((nfr,), {}), (table,)).verdicts
        return verdict
    else:
        found = None
    if found is None and hidden:
        return pending(nfr, next(iter(hidden.values())), counts=nfr.insisted)
    if found is None:
        return _silence(nfr, phases, series, ours=bool(info.has))
    return _from(nfr, found)


def hidden_rows(info: RunInfo, nfr: Nfr) -> dict[str, str]:
    """Rows of `nfr` that a server hid from its probe, or does not count, each with the missing right or switch."""
    found = [facts for when in ("after", "before") for facts in info.probes.get(when, {}).values()]
    rows = [(row, why) for facts in found if isinstance(facts, dict) for row, why in facts.get("hidden", {}).items()]
    return {row: why for row, why in rows if nfr.matches(row)}


def _from_series(nfr: Nfr, info: RunInfo, series: dict[str, Series], phases: list[Phase]) -> list[Judgement]:
    matching = [found for key, found in series.items() if nfr.matches(key)]
    made = [judge_series(nfr, found, phase) for found in matching for phase in phases]
    found = [one for one in made if one is not None]
    if not found:  # everything was tried and failed, which is not silence
        tried = [only_failed(nfr, row, phase) for row in matching for phase in phases]
        return [one for one in tried if one is not None]
    if statistic_of(nfr.statistic).family != "errors":
        return _without_few(nfr, info, found)
    # A row of two calls without a failure says nothing if other rows have enough.
    enough = [one for one in found if one.n >= statistic_of(nfr.statistic).floor or one.value]
    return enough or found


def _without_few(nfr: Nfr, info: RunInfo, found: list[Judgement]) -> list[Judgement]:
    """Few questions to a provider prove nothing: what users measured decides, if there is such a row ("Probe counts")."""
    asked = list(info.probes.get("before", {}).get("providers", {}))
    floor = statistic_of(nfr.statistic).floor
    proven = [one for one in found if one.outcome != "warning" or one.n >= floor]
    few = [one for one in found if one not in proven and any(is_of_provider(one.row, name) for name in asked)]
    rest = [one for one in found if one not in few]
    return rest or found


def _silence(nfr: Nfr, phases: list[Phase], series: dict[str, Series], ours: bool) -> Verdict:
    """Pending: a required measurement that is missing makes the run unjudged; an advisory one does not."""
    rows = ", ".join(nfr.rows)
    if not ours:
        return pending(nfr, f"no row {rows} in these CSVs", counts=False)
    if not phases:
        return pending(nfr, "the run had no steady phase", counts=True)
    if failed := _turns_failed(nfr, phases, series):
        return replace(pending(nfr, none_succeeded(AGENT_TURN.key, failed), counts=nfr.required), open=FAILURES)
    return replace(pending(nfr, f"nothing was measured in {rows}", counts=nfr.required), open=SILENT)


def _turns_failed(nfr: Nfr, phases: list[Phase], series: dict[str, Series]) -> int:
    """How many agent turns failed, if `nfr` is about a part of them and none succeeded; else 0."""
    turns = series.get(AGENT_TURN.key)
    if turns is None or not any(nfr.matches(row.key) for row in (FIRST_TOKEN, CHUNK_GAP)):
        return 0
    parts = [turns.within(phase) for phase in phases]
    return 0 if any(part.ok.any() for part in parts) else sum(int(part.failed.sum()) for part in parts)


def _from(nfr: Nfr, found: Judgement) -> Verdict:
    return Verdict(
        id=nfr.id,
        title=nfr.title,
        outcome=found.outcome,
        unit=found.unit,
        limit=nfr.target_text,
        value=six_digits_or_none(found.value),
        low=six_digits_or_none(found.low),
        high=six_digits_or_none(found.high),
        n=found.n,
        n_eff=six_digits_or_none(found.effective),
        row=found.row,
        phase=found.phase,
        reason=found.reason,
        required=nfr.required,
        counts=found.counts,
        open="" if found.open == SAMPLES and named(found.row).at_arrival else found.open,
    )


def void(verdicts: tuple[Verdict, ...], cautions: tuple[Caution, ...]) -> tuple[Verdict, ...]:
    """If a caution voids the run, every verdict becomes Pending with its value and the reason; else they stay
    unchanged.
    """
    reasons = [caution.text for caution in cautions if caution.void]
    if not reasons:
        return verdicts
    return tuple(
        verdict
        if verdict.outcome == "pending"
        else replace(verdict, outcome="pending", reason=f"void: {reasons[0]}", open=VOID)
        for verdict in verdicts
    )

"""For each failed or worsened requirement of a time: which part of the system it went to, the evidence, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from reznet_load.core.finding import Finding
from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.rows import (
    CACHE_GET,
    CACHE_SET,
    CALIBRATION_ERROR,
    DB_WAITING,
    GENERATOR_CPU,
    LOOP_LAG,
    PING,
    POSTGRES_CPU,
    PROVIDER_FIRST_TEXT,
    PROVIDER_GAP,
    REDIS_CPU,
    TARGET_CPU,
)
from reznet_load.core.run import Verdict
from reznet_load.core.units import format_value
from reznet_load.verdict.diagnosis.estimate import Estimate, estimate
from reznet_load.verdict.diagnosis.evidence import PROVIDERS, Evidence
from reznet_load.verdict.diagnosis.patterns.rule import cost
from reznet_load.verdict.diagnosis.shares import (
    APPLICATION,
    CACHE,
    DATABASE,
    GENERATOR,
    LOOP,
    NETWORK,
    OUTSIDE_UNKNOWN,
    PROVIDER,
    PROVIDER_UNKNOWN,
    WAIT_UNKNOWN,
)

_TOLD = 5.0  # percent from which a part's own evidence is worth its words
_NAMED = 1.0  # percent from which a part is named in words; `shares` have them all


def _gauges(*named: tuple[str, str, str]) -> Callable[[Evidence], list[str]]:
    """Evidence of (row, statistic, words with `{}`) that were measured."""

    def told(evidence: Evidence) -> list[str]:
        found = []
        for key, statistic, words in named:
            row = evidence.rows.get(key)
            value = getattr(row, statistic) if row else None
            if row is not None and value is not None:
                found.append(words.format(format_value(value, row.unit)))
        return found

    return told


def _of_provider(evidence: Evidence) -> list[str]:
    name = evidence.provider
    rows = (
        (PROVIDER_FIRST_TEXT.of(name).key, "mean", f"{name} alone takes {{}} to its first text"),
        (PROVIDER_GAP.of(name).key, "mean", f"{name} alone leaves {{}} between chunks"),
    )
    return _gauges(*rows)(evidence)


def _locks(evidence: Evidence) -> list[str]:
    waiting = evidence.rows.get(DB_WAITING.key)
    if waiting is None or waiting.maximum is None:
        return []
    most = f"up to {format_value(waiting.maximum, waiting.unit)}" if waiting.maximum else "no connection"
    return [f"{most} waited on locks"]


def _timed_elsewhere(evidence: Evidence) -> str:
    """What the provider took alone in other phases, where it was not asked in this one: a hint, and no share."""
    for name in PROVIDERS:
        found = evidence.series.get(PROVIDER_FIRST_TEXT.of(name).key)
        if evidence.info.deployment.uses(name) and found is not None and found.ok.any():
            took = format_value(float(np.nanmean(found.value[found.ok])), "ms")
            return f"{name} was not timed alone with so many users; in other phases it took {took} to its first text"
    return ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the system: what speaks for it, what to do about it, and its group of long-term advice."""

    told: Callable[[Evidence], list[str]]
    advice: str
    area: str


_COMPARE = "Compare first token and gaps with what the backend's own log says of its provider."
_CPU = (TARGET_CPU.key, "mean", "the backend used {} of a core")
PARTS = {
    NETWORK: Part(
        _gauges((PING.key, "minimum", "the shortest ping took {}"), _CPU),
        "Check what is in front of the application: proxies, TLS, the accept queue, too few server processes, distance.",
        "Infrastructure",
    ),
    LOOP: Part(
        _gauges((PING.key, "p95", "95 % of the pings, which do nothing, took up to {}"), _CPU),
        "Find what keeps the event loop busy or blocked (a profiler like py-spy on the process under this load); move it "
        "out of the loop, or run more processes.",
        "Infrastructure",
    ),
    APPLICATION: Part(
        _gauges(_CPU), "Profile the handler itself: waits inside it, other services it calls, locks, serialising.",
        "Infrastructure",
    ),
    DATABASE: Part(
        lambda evidence: [*_gauges((POSTGRES_CPU.key, "mean", "PostgreSQL used {} of a core"))(evidence), *_locks(evidence)],
        "Read the plans of section 2 (EXPLAIN ANALYZE) for the statements that take the time; look at indexes, locks, and "
        "connections.",
        "Database",
    ),
    CACHE: Part(
        _gauges((CACHE_GET.key, "mean", "a GET took {}"), (CACHE_SET.key, "mean", "a SET {}"),
                (REDIS_CPU.key, "mean", "Redis used {} of a core")),
        "Look for slow commands (SLOWLOG GET), large values, persistence and eviction in Redis.",
        "Caching",
    ),
    PROVIDER: Part(
        _of_provider, "Choose a faster model or region, shorten the prompt, or let the backend show a first word earlier.", "LLM",
    ),
    GENERATOR: Part(
        _gauges((LOOP_LAG.key, "p99", "the generator's loop was up to {} late"), (GENERATOR_CPU.key, "mean", "it used {}"),
                (CALIBRATION_ERROR.key, "p95", "it added up to {} to a known answer")),
        "Spread the users over more processes: WORKERS=2.", "Infrastructure",
    ),
    OUTSIDE_UNKNOWN: Part(
        lambda _: ["the backend sends no X-Process-Time"], "Have the backend send X-Process-Time, and run again.",
        "Infrastructure",
    ),
    WAIT_UNKNOWN: Part(
        _gauges((PING.key, "p95", "95 % of the pings, which do nothing, took up to {}"), _CPU),
        "Find out which: time pings from the backend's own machine (network), and profile its event loop (py-spy) under this "
        "load.", "Infrastructure",
    ),
    PROVIDER_UNKNOWN: Part(
        lambda evidence: [_timed_elsewhere(evidence) or "the backend's provider was not timed alone"],
        f"Time the provider while the load runs (its key in the environment, --model anthropic=NAME), and run again. {_COMPARE}",
        "LLM",
    ),
}  # fmt: skip


def explain(evidence: Evidence) -> Iterator[Finding]:
    """A Finding for each failed or worsened requirement that a time decided."""
    phases = {phase.name: phase for phase in evidence.info.phases}
    for id, verdict in evidence.failed.items():
        nfr, phase = evidence.nfrs.get(id), phases.get(verdict.phase)
        if nfr is None or phase is None or verdict.value is None or verdict.unit != "ms":
            continue
        made = estimate(evidence, verdict.row, nfr.statistic, phase)
        if made is not None:
            yield _finding(evidence, verdict, made, statistic_of(nfr.statistic).label)


def _finding(evidence: Evidence, verdict: Verdict, made: Estimate, label: str) -> Finding:
    shares = {part: round(share.value, 1) for part, share in made.shares.items()}
    first = next(iter(shares))
    part, took = PARTS[first], format_value(made.split.value, "ms")
    text = f"{verdict.title}: {made.shares[first].text} of the time of {verdict.row} went to: {first}{_rival(made, first)}."
    split = ", ".join(
        f"{name} {format_value(taken, 'ms')} ({made.shares[name].text})"
        for name, taken in made.split.parts.items()
        if shares[name] >= _NAMED
    )
    said = [words for name in shares if shares[name] >= _TOLD for words in PARTS[name].told(evidence)]
    # A quantile is split over the samples on both sides of it: their mean is near it, and is not it.
    whole = f"The mean of {took} is" if label == "mean" else f"Samples around the {label} took {took} on average"
    words = [f"{whole}: {split}", *dict.fromkeys(said)]
    advice = _COMPARE if first == PROVIDER_UNKNOWN and _timed_elsewhere(evidence) else part.advice
    return Finding(
        f"time_{verdict.id}",
        text,
        f"{'; '.join(words)}.",
        advice,
        (verdict.id,),
        "time",
        part.area,
        shares,
        cost(evidence, (verdict.id,), shares[first]),
    )


def _rival(made: Estimate, first: str) -> str:
    """The next part, where it is not proven to be the smaller one."""
    rest = [part for part in made.shares if part != first]
    if not rest or made.shares[rest[0]].high < made.shares[first].low:
        return ""
    return f", and perhaps as much ({made.shares[rest[0]].text}) to: {rest[0]}"

"""For each failed or worsened latency requirement: which part of the system took the time, the evidence, what to do."""

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
    CHUNK_GAP,
    FIRST_TOKEN,
    GENERATOR_CPU,
    LOOP_LAG,
    PING,
    PROVIDER_FIRST_TEXT,
    PROVIDER_GAP,
    REDIS_CPU,
    TARGET_CPU,
    TARGET_WAITING,
    WAITING_FOR_CORE,
)
from reznet_load.core.run import Verdict
from reznet_load.core.units import format_value
from reznet_load.verdict.diagnosis import database_evidence
from reznet_load.verdict.diagnosis.estimate import Estimate, estimate, rest_text
from reznet_load.verdict.diagnosis.evidence import PROVIDERS, Evidence
from reznet_load.verdict.diagnosis.patterns.rule import cost
from reznet_load.verdict.diagnosis.shares import (
    APPLICATION,
    CACHE,
    DATABASE,
    GENERATOR,
    LOOP,
    NETWORK,
    NO_CORE,
    OUTSIDE_UNKNOWN,
    PROVIDER,
    PROVIDER_UNKNOWN,
    WAIT_UNKNOWN,
)

_OBSERVED_FROM = 5.0  # percent from which a part's own evidence is worth mentioning
_REST = 0.05  # percent from which the parts without a name are summed up
_NAMED = 1.0  # percent that a part may have taken to be named in the text; `shares` has all of them


def _gauges(*named: tuple[str, str, str]) -> Callable[[Evidence, str], list[str]]:
    """Evidence of (row, statistic, words with `{}`) if the row was measured."""

    def observed(evidence: Evidence, _row: str) -> list[str]:
        found = []
        for key, statistic, words in named:
            row = evidence.rows.get(key)
            value = getattr(row, statistic) if row else None
            if row is not None and value is not None:
                found.append(words.format(format_value(value, row.unit)))
        return found

    return observed


def _of_provider(evidence: Evidence, row: str) -> list[str]:
    """Of a first token its first text, of gaps its gaps, of a whole turn both."""
    name = evidence.provider
    text = (PROVIDER_FIRST_TEXT.of(name).key, "mean", f"asked directly, {name} took {{}} to its first text")
    gap = (PROVIDER_GAP.of(name).key, "mean", f"asked directly, {name} sent a chunk every {{}}")
    rows = {FIRST_TOKEN.key: (text,), CHUNK_GAP.key: (gap,)}.get(row, (text, gap))
    return _gauges(*rows)(evidence, row)


def _timed_elsewhere(evidence: Evidence) -> str:
    """How long the provider alone took in other phases, if it was not asked in this one: a hint, not a share."""
    for name in PROVIDERS:
        found = evidence.series.get(PROVIDER_FIRST_TEXT.of(name).key)
        if evidence.info.deployment.uses(name) and found is not None and found.ok.any():
            took = format_value(float(np.nanmean(found.value[found.ok])), "ms")
            return f"{name} was not timed alone with so many users; in other phases it took {took} to its first text"
    return ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the system: its evidence, what to do about it, and its group of long-term advice.

    `advice` is empty if it depends on the evidence (`_advice`).
    """

    observed: Callable[[Evidence, str], list[str]]
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
    DATABASE: Part(database_evidence.observed, "", "Database"),
    CACHE: Part(
        _gauges((CACHE_GET.key, "mean", "a GET took {}"), (CACHE_SET.key, "mean", "a SET took {}"),
                (REDIS_CPU.key, "mean", "Redis used {} of a core")),
        "Look for slow commands (SLOWLOG GET), large values, persistence and eviction in Redis.",
        "Caching",
    ),
    PROVIDER: Part(
        _of_provider,
        "Choose a faster model or region, shorten prompt and reply, or let the backend send a first word before the model "
        "answers.",
        "LLM",
    ),
    GENERATOR: Part(
        _gauges((LOOP_LAG.key, "p99", "the generator's loop was up to {} late"),
                (GENERATOR_CPU.key, "mean", "the generator used {} of a core"),
                (CALIBRATION_ERROR.key, "p95", "the generator added up to {} to a known answer")),
        "Spread the users over more processes: --workers 2 (make: WORKERS=2).", "Infrastructure",
    ),
    OUTSIDE_UNKNOWN: Part(
        lambda *_: ["the backend sends no X-Process-Time"], "Have the backend send X-Process-Time, and run again.",
        "Infrastructure",
    ),
    WAIT_UNKNOWN: Part(
        _gauges((PING.key, "p95", "95 % of the pings, which do nothing, took up to {}"), _CPU),
        "Find out which: time pings from the backend's own machine (network), and profile its event loop (py-spy) under this "
        "load.", "Infrastructure",
    ),
    NO_CORE: Part(
        _gauges((TARGET_WAITING.key, "mean", "the backend waited {} of the time for a core"),
                (WAITING_FOR_CORE.key, "mean", "the generator waited {} of the time for a core"), _CPU),
        "Give the backend free cores: stop other programs on its machine, or run the backend on another one, and run again.",
        "Infrastructure",
    ),
    PROVIDER_UNKNOWN: Part(
        lambda evidence, _: [_timed_elsewhere(evidence) or "the backend's provider was not timed alone"],
        f"Time the provider while the load runs (its key in the environment, --model anthropic=NAME), and run again. {_COMPARE}",
        "LLM",
    ),
}  # fmt: skip


def explain(evidence: Evidence) -> Iterator[Finding]:
    """A Finding for each failed or worsened requirement that is judged on a time."""
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
    part = PARTS[first]
    share = made.shares[first].text
    took = (
        f"{verdict.row} is slow in the database itself: {share} of its time was spent there"
        if first == DATABASE
        else f"{_the(first)} took {share} of the time of {verdict.row}"
    )
    text = f"{verdict.title}: {took}{_rival(made, first)}."
    said = [
        words
        for name in shares
        if shares[name] >= _OBSERVED_FROM
        for words in PARTS[name].observed(evidence, verdict.row)
    ]
    words = [*_split(made, label), *(f"{one[0].upper()}{one[1:]}." for one in dict.fromkeys(said))]
    advice = _advice(evidence, verdict.row, made, first)
    return Finding(
        f"time_{verdict.id}",
        text,
        " ".join(words),
        advice,
        (verdict.id,),
        "time",
        part.area,
        shares,
        cost(evidence, (verdict.id,), shares[first]),
        made.shares[first].low,
        made.shares[first].high,
    )


def _split(made: Estimate, label: str) -> tuple[str, str]:
    """Two sentences: the share of each part, and its time. Nothing is missing: the small parts are “the rest”."""
    took, whole = format_value(made.split.value, "ms"), made.split.value
    named = [name for name, share in made.shares.items() if share.value >= _NAMED or share.high - share.low > _NAMED]
    rest = whole - sum(made.split.parts[name] for name in named)
    shares = [f"{_the(name)} {made.shares[name].text}" for name in named]
    times = [f"{_the(name)} {format_value(made.split.parts[name], 'ms')}" for name in named]
    if (percent := 100 * rest / whole) >= _REST:
        times.append(f"the rest {format_value(rest, 'ms')}")
        if made.shares[named[0]].text != "100 %":  # after rounding, nothing is left for the rest
            shares.append(f"the rest {rest_text(percent, [made.shares[name] for name in named])}")
    shares[0] = f"{_the(named[0])} took {made.shares[named[0]].text}"
    # A quantile is split over the samples on both sides of it; their mean is close to it, but not equal.
    of = "" if label == "mean" else f" from the samples around the {label}"
    return f"Where the time went (estimated{of}): {', '.join(shares)}.", f"Of {took}: {', '.join(times)}."


def _rival(made: Estimate, first: str) -> str:
    """The next largest part, if it is not proven to be smaller."""
    rest = [part for part in made.shares if part != first]
    if not rest or made.shares[rest[0]].high < made.shares[first].low:
        return ""
    return f", {_the(rest[0])} perhaps as much ({made.shares[rest[0]].text})"


def _the(part: str) -> str:
    return part if part.startswith("the ") else f"the {part}"


def _advice(evidence: Evidence, row: str, made: Estimate, first: str) -> str:
    if first == DATABASE:
        return database_evidence.advice(evidence, row, made.split.parts[first])
    return _COMPARE if first == PROVIDER_UNKNOWN and _timed_elsewhere(evidence) else PARTS[first].advice

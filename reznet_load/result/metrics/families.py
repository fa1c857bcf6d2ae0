"""The metrics of a run as records of prometheus_client. One table has all their names, for dashboards and alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from reznet_load.core.measured.named_row import GAUGE
from reznet_load.core.nfr import Requirements
from reznet_load.core.rows import LOOP_LAG, OPEN_SOCKETS, RUNNING_USERS, TURNS_IN_FLIGHT
from reznet_load.core.run import EXIT_CODES, RunInfo
from reznet_load.result.metrics.counts import ALWAYS, EDGES, OUTCOMES, SampleCounts

PREFIX = "reznet_load_"
FRESH_SECONDS = 10.0  # a process writes its gauges each second: an older value belongs to a process that has ended
RUNNING, ENDED, KILLED = "running", "ended", "killed"
VERDICT = {"pass": 1.0, "fail": 0.0}  # any other outcome is open: 0.5
_OPEN = 0.5
_SUMS = {"users": RUNNING_USERS, "sockets": OPEN_SOCKETS, "turns_in_flight": TURNS_IN_FLIGHT}
_LE = (*(str(edge) for edge in EDGES), "+Inf")
# metric -> (help, labels). The page has each of them that has a value.
TABLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "run": ("1, with what names the run", ("run", "scenario", "target")),
    "running": ("1 while the run is on, 0 after its end", ()),
    "phase": ("1 for the phase that is on, 0 for the others", ("phase",)),
    "users": ("Users that run, of all processes", ()),
    "sockets": ("Open Socket.IO connections", ()),
    "turns_in_flight": ("Questions without the end of their reply", ()),
    "operations": ("What was timed, by outcome", ("row", "phase", "outcome")),
    "operation_seconds": ("Durations of timed successes, and of parts that never came", ("row", "phase")),
    "gauge": ("Last value of a gauge, in the unit of its label", ("row", "process", "unit")),
    "generator_lag_seconds": ("Largest lag of a generator's event loop over the last 15 s", ("process",)),
    "outcome": ("1 at the outcome of the run as it stands", ("outcome",)),
    "verdict": ("1: pass, 0: fail, 0.5: open (warning, pending)", ("nfr", "phase", "required")),
    "verdict_value": ("Measured value, in the unit of its label", ("nfr", "phase", "unit")),
    "verdict_limit": ("Limit, in the unit of its label", ("nfr", "phase", "unit")),
}


class RunPage:
    """The input of `generate_latest`: the metrics of a run at `now`, s by the run's clock.

    standing   the judge's answer (`result.standing.as_json`); {} before the first
    """

    def __init__(
        self, info: RunInfo, requirements: Requirements, counts: SampleCounts, standing: Mapping[str, Any], now: float
    ) -> None:
        self._info, self._requirements, self._counts, self._standing = info, requirements, counts, standing
        self._now = now
        self._on = not info.ended and standing.get("state", RUNNING) == RUNNING

    def collect(self) -> Iterator[Metric]:
        """Every family, in the order of TABLE."""
        yield from self._of_run()
        yield from self._of_generator()
        yield self._operations()
        yield self._histogram()
        yield from self._gauges()
        yield from self._verdicts()

    def _of_run(self) -> Iterator[Metric]:
        info = self._info
        yield _gauge("run", {(info.id, info.scenario, info.target): 1.0})
        yield _gauge("running", {(): float(self._on)})
        on = {(one.name,): float(self._on and one.start <= self._now < one.end) for one in info.phases}
        yield _gauge("phase", on)

    def _of_generator(self) -> Iterator[Metric]:
        for name, row in _SUMS.items():
            fresh = [
                one.value for (key, _), one in self._counts.gauges.items() if key == row.key and self._is_fresh(one.at)
            ]
            yield _gauge(name, {(): sum(fresh) if self._on else 0.0})
        lags = {(name,): self._counts.lag(name, self._now) for name in self._counts.processes if self._on}
        yield _gauge("generator_lag_seconds", {labels: lag for labels, lag in lags.items() if lag is not None})

    def _operations(self) -> Metric:
        help_, labels = TABLE["operations"]
        family = CounterMetricFamily(PREFIX + "operations", help_, labels=labels)
        for (row, phase), one in self._counts.timed.items():
            for outcome, count in zip(OUTCOMES, one.outcomes, strict=True):
                if count or outcome in ALWAYS:
                    family.add_metric((row, phase, outcome), int(count))
        return family

    def _histogram(self) -> Metric:
        help_, labels = TABLE["operation_seconds"]
        family = HistogramMetricFamily(PREFIX + "operation_seconds", help_, labels=labels, unit="seconds")
        for (row, phase), one in self._counts.timed.items():
            sums = accumulate(int(count) for count in one.buckets)
            family.add_metric((row, phase), list(zip(_LE, sums, strict=True)), one.seconds)
        return family

    def _gauges(self) -> Iterator[Metric]:
        shown = (LOOP_LAG, *_SUMS.values())
        yield _gauge(
            "gauge",
            {
                (key.removeprefix(f"{GAUGE} "), process, one.unit): one.value
                for (key, process), one in self._counts.gauges.items()
                if self._on and self._is_fresh(one.at) and key not in {row.key for row in shown}
            },
        )

    def _verdicts(self) -> Iterator[Metric]:
        """A requirement that is judged in several phases has one verdict for each."""
        judged = self._standing.get("verdicts", ())
        now = self._standing.get("outcome")
        yield _gauge("outcome", {(one,): float(one == now) for one in EXIT_CODES} if judged else {})
        limits = {nfr.id: nfr.limit for nfr in self._requirements.nfrs}
        states = {(v["id"], v["phase"], str(v["required"]).lower()): VERDICT.get(v["outcome"], _OPEN) for v in judged}
        yield _gauge("verdict", states)
        measured = {(v["id"], v["phase"], v["unit"]): v["value"] for v in judged if v["value"] is not None}
        yield _gauge("verdict_value", measured)
        known = {
            (v["id"], v["phase"], limits[v["id"]].unit): limits[v["id"]].value for v in judged if v["id"] in limits
        }
        yield _gauge("verdict_limit", known)

    def _is_fresh(self, at: float) -> bool:
        return self._now - at <= FRESH_SECONDS


def _gauge(name: str, values: Mapping[Any, float]) -> Metric:
    """A gauge of TABLE; keys of `values` are tuples of its labels."""
    help_, labels = TABLE[name]
    family = GaugeMetricFamily(PREFIX + name, help_, labels=labels)
    for given, value in values.items():
        family.add_metric(given, value)
    return family

"""The metrics of `--metric`: their values each second; for counters the rate since the previous reading."""

from __future__ import annotations

import math
from collections.abc import Iterable

from prometheus_client.samples import Sample

from reznet_load.core.measured.page_metric import PageMetric
from reznet_load.probes.probe import Notes


class PageMetrics:
    """Gets all samples of the page at each reading."""

    def __init__(self, metrics: Iterable[PageMetric], notes: Notes) -> None:
        self._metrics = tuple(metrics)
        self._notes = notes
        self._counters: dict[PageMetric, tuple[float, float]] = {}  # -> time (s of any monotonic clock), value
        self._seen: set[PageMetric] = set()

    def take(self, samples: list[Sample], now: float) -> None:
        """Record one reading at `now`. A counter that decreased was restarted, so that interval has no rate."""
        for metric in self._metrics:
            values = [one.value for one in samples if metric.matches(one.name, one.labels)]
            if not values:
                continue
            self._seen.add(metric)
            value = math.fsum(values)
            if metric.counts:
                self._take_counter(metric, value, now)
            elif math.isfinite(value):
                self._notes.gauge(metric.row, value * metric.unit_and_factor[1])

    def _take_counter(self, metric: PageMetric, value: float, now: float) -> None:
        last = self._counters.get(metric)
        self._counters[metric] = (now, value)
        if last is not None and value >= last[1] and now > last[0]:
            self._notes.gauge(metric.row, (value - last[1]) / (now - last[0]))

    def never_seen(self) -> dict[str, str]:
        """Row -> why it has no value."""
        return {
            metric.row.key: f"the page of --prometheus never had {metric.text}"
            for metric in self._metrics
            if metric not in self._seen
        }

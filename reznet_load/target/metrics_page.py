"""`/metrics` of the embedded target, as real backends have it: CPU, memory, sockets and cache of the answering process."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from reznet_load.target.cache import Cache
from reznet_load.target.sockets import Sockets


class TargetMetrics:
    """A collector for the metrics of this process; `text` renders the page."""

    def __init__(self, cache: Cache, sockets: Sockets) -> None:
        self._cache = cache
        self._sockets = sockets
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """The current metrics; the registry calls this method."""
        yield GaugeMetricFamily("target_sockets", "Socket.IO connections that are open.", value=self._sockets.count)
        reads = CounterMetricFamily("target_cache_reads", "Reads of the cache.", labels=("result",))
        reads.add_metric(("hit",), self._cache.metrics.hits)
        reads.add_metric(("miss",), self._cache.metrics.misses)
        yield reads

    def text(self) -> bytes:
        """The page in Prometheus' text format."""
        return generate_latest(self._registry)

"""A target on another host, through its metrics page: the `process_*` metrics common to Prometheus' client libraries.

Cost: one GET of the page per second, which the target renders: below 2 ms in Python for a page of 100 metrics.
"""

from __future__ import annotations

import time

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from reznet_load.core.failed.failure_kinds import redirected
from reznet_load.core.measured.page_metric import parse_page_metric
from reznet_load.core.rows import PROCESS_FILES, TARGET_CPU, TARGET_MEMORY
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.foreign_text import safe
from reznet_load.core.text.secrets import mask_url
from reznet_load.deployment.http_call import call
from reznet_load.deployment.tls import tls_context
from reznet_load.probes.page_metrics import PageMetrics
from reznet_load.probes.probe import Notes, ProbeError

_TIMEOUT = 5.0  # seconds
_MOST_BYTES = 4 << 20  # a page of 40 000 samples; more is not a metrics page
CPU, MEMORY, FILES = "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"


class MetricsPage:
    """The page at `--prometheus`. If it has several processes (labels), their sum."""

    def __init__(self, settings: Settings, notes: Notes) -> None:
        self._url = settings.prometheus
        self._notes = notes
        self._proxy = settings.proxy
        self._tls = tls_context(settings) if self._url.startswith("https:") else None
        self._last: tuple[float, float] | None = None
        self._chosen = PageMetrics(map(parse_page_metric, settings.metric), notes) if settings.metric else None

    def open(self) -> dict[str, float]:
        """Metric -> value for those of the three that exist. Raises ProbeError if the page has none of them."""
        found = of_process(self._read())
        if not found and self._chosen is None:
            raise ProbeError(
                f"--prometheus {mask_url(self._url)}: none of {CPU}, {MEMORY}, {FILES} is on that page "
                "(Python's multiprocess mode leaves them out)"
            )
        return found

    def look(self, _: float) -> None:
        """Record CPU since the last reading, present memory and open files, in the rows of a local target; and chosen
        metrics.
        """
        samples, now = self._read(), time.monotonic()
        found = of_process(samples)
        if self._chosen is not None:
            self._chosen.take(samples, now)
        if MEMORY in found:
            self._notes.gauge(TARGET_MEMORY, found[MEMORY] / 1e6)
        if FILES in found:
            self._notes.gauge(PROCESS_FILES.of("target"), found[FILES])
        if CPU in found:
            spent, last = found[CPU], self._last
            self._last = (now, spent)
            if last is not None and spent >= last[1]:  # less: it was restarted
                self._notes.gauge(TARGET_CPU, 100 * (spent - last[1]) / (now - last[0]))

    def _read(self) -> list[Sample]:
        return parse(self._fetch())

    def never_seen(self) -> dict[str, str]:
        """Row -> why it has no value, of chosen metrics that the page never had."""
        return {} if self._chosen is None else self._chosen.never_seen()

    def _fetch(self) -> str:
        try:
            asked = {"Accept": "text/plain"}
            answer = call("GET", self._url, asked, None, self._tls, _TIMEOUT, _MOST_BYTES, self._proxy)
        except (OSError, ValueError) as error:
            raise ProbeError(f"--prometheus {mask_url(self._url)}: {safe(error, 200)}") from None
        if 300 <= answer.status < 400:
            to = redirected(answer.status, answer.headers.get("location", ""))
            raise ProbeError(f"--prometheus {mask_url(self._url)}: {to}, which is not followed; name that page itself")
        if answer.status != 200:
            raise ProbeError(f"--prometheus {mask_url(self._url)} answered {answer.status}")
        try:
            return answer.body.decode()
        except UnicodeDecodeError:
            raise ProbeError(f"--prometheus {mask_url(self._url)}: not UTF-8, so not a metrics page") from None


def parse(text: str) -> list[Sample]:
    """The samples of a page in Prometheus' text format. Raises ProbeError naming what is wrong."""
    try:
        return [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    except (ValueError, IndexError, KeyError, AttributeError) as error:  # what its parser raises for other formats
        raise ProbeError(
            f"--prometheus: not Prometheus' text format ({type(error).__name__}: {str(error)[:100]})"
        ) from None


def of_process(samples: list[Sample]) -> dict[str, float]:
    """The three metrics of a process, each summed over its series."""
    found: dict[str, float] = {}
    for sample in samples:
        if sample.name in (CPU, MEMORY, FILES):
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return {name: value for name, value in found.items() if value == value}

"""A metric of a Prometheus page that was chosen with `--metric`, and the row for its values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from reznet_load.core.errors import ConfigError
from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.rows import PAGE_METRIC

_LABEL = r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*'
_METRIC = re.compile(rf"([a-zA-Z_:][\w:]*)(?:\{{((?:{_LABEL},)*(?:{_LABEL})?)\}})?")
_FORM = (
    'a name as the page has it, labels in braces where it has several series, like http_requests_total{{path="/chat"}'
)
_COUNTED = ("_total", "_count", "_sum", "_bucket")  # counters, by the naming conventions
PER_SECOND = "/s"


@dataclass(frozen=True, slots=True)
class PageMetric:
    """`name` with `labels`; the series that have at least these labels are summed."""

    name: str
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """`name{label="value"}`, which is also the row's name."""
        inner = ",".join(f'{label}="{value}"' for label, value in self.labels)
        return f"{self.name}{{{inner}}}" if inner else self.name

    @property
    def counts(self) -> bool:
        """Is it a counter by its name? Then its row is the rate."""
        return self.name.endswith(_COUNTED)

    @property
    def unit_and_factor(self) -> tuple[str, float]:
        """(unit of its row, factor for the page's values): seconds are kept as ms, bytes as MB."""
        if self.counts:
            return PER_SECOND, 1.0
        if self.name.endswith("_seconds"):
            return "ms", 1000.0
        return ("MB", 1e-6) if self.name.endswith("_bytes") else ("value", 1.0)

    @property
    def row(self) -> NamedRow:
        """`GAUGE metric name{…}`."""
        return replace(PAGE_METRIC.of(self.text), unit=self.unit_and_factor[0])

    def matches(self, name: str, labels: Mapping[str, str]) -> bool:
        """Is a sample of the page one of its series?"""
        return name == self.name and all(labels.get(label) == value for label, value in self.labels)


def parse_page_metric(text: str) -> PageMetric:
    """`name` or `name{label="value",…}`. Raises ConfigError."""
    found = _METRIC.fullmatch(text.strip())
    if found is None:
        raise ConfigError(f"--metric: read {text!r}, expected {_FORM}")
    labels = tuple((one[1], re.sub(r"\\(.)", r"\1", one[2])) for one in re.finditer(_LABEL, found[2] or ""))
    return PageMetric(found[1], labels)

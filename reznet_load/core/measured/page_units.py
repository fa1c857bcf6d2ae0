"""Requirements on metrics of another page: the limit must have the unit in which the page's values are kept."""

from __future__ import annotations

from collections.abc import Iterable

from reznet_load.core.errors import ConfigError
from reznet_load.core.measured.page_metric import parse_page_metric
from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import Nfr


def check_units(nfrs: Iterable[Nfr], metrics: Iterable[str]) -> None:
    """Raises ConfigError if a value of one unit would be compared with a limit of another."""
    rows = [parse_page_metric(text).row for text in metrics]
    for nfr in nfrs:
        for row in rows:
            compares = nfr.matches(row.key) and statistic_of(nfr.statistic).needs_successes
            if compares and nfr.limit.unit != row.unit:
                raise ConfigError(
                    f"--nfr: {nfr.id} limits {row.key} by {nfr.limit.text!r}, and its values are in {row.unit}; "
                    f'expected a limit like "< 5 {row.unit}"'
                )

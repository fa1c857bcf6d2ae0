"""Summarises the samples of one row and phase as a Row."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from reznet_load.core.measured.measurement import MISSING, Row
from reznet_load.core.measured.statistic import QUANTILE, THROUGHPUT, statistic_of
from reznet_load.core.nfr import Nfr
from reznet_load.core.profile import Phase
from reznet_load.core.units import six_digits_or_none
from reznet_load.verdict.samples import Series

_ALWAYS = ("p50", "p95", "p99")  # what every row has


def row(series: Series, phase: Phase, asked: Iterable[str] = ()) -> Row:
    """`series` within `phase`, summarised; `asked` names additional statistics, as nfr.toml writes them."""
    part = series.within(phase)
    ok, failed = part.ok, part.failed
    value = part.value[part.valued].astype(float)
    missing = int(part.missing.sum())
    count, failures = int(ok.sum()), int(failed.sum())
    numbers, times = np.unique(part.error[failed], return_counts=True)
    errors = {part.texts[n]: int(t) for n, t in sorted(zip(numbers, times, strict=True), key=lambda pair: -pair[1])}
    errors |= {MISSING: missing} if missing else {}
    quantiles = np.quantile(value, [0.5, 0.95, 0.99], method="inverted_cdf") if len(value) else [None] * 3
    return Row(
        key=series.key,
        phase=phase.name,
        unit=series.unit,
        count=count,
        failures=failures,
        cut_off=int(part.cut_off.sum()),
        missing=missing,
        rate=(count + failures) / phase.seconds if phase.seconds > 0 else None,
        mean=six_digits_or_none(value.mean()) if len(value) else None,
        minimum=six_digits_or_none(value.min()) if len(value) else None,
        maximum=six_digits_or_none(value.max()) if len(value) else None,
        p50=six_digits_or_none(quantiles[0]),
        p95=six_digits_or_none(quantiles[1]),
        p99=six_digits_or_none(quantiles[2]),
        intended=_intended(part, ok),
        errors=errors,
        statistics=_asked(asked, value, count, phase),
    )


def _asked(names: Iterable[str], value: np.ndarray, count: int, phase: Phase) -> dict[str, float]:
    """Percentiles and throughput that are not fields of every row."""
    found: dict[str, float | None] = {}
    for kind in (statistic_of(name) for name in names if name not in _ALWAYS):
        if kind.family == QUANTILE and len(value):
            found[kind.name] = six_digits_or_none(np.quantile(value, kind.level, method="inverted_cdf"))
        elif kind.family == THROUGHPUT and phase.seconds > 0:
            found[kind.name] = six_digits_or_none(count / phase.seconds)
    return {name: number for name, number in found.items() if number is not None}


def _intended(part: Series, ok: np.ndarray) -> float | None:
    late, value = part.waited[ok], part.value[ok]
    known = ~np.isnan(late) & ~np.isnan(value)
    if part.unit != "ms" or not known.any():
        return None
    return six_digits_or_none(np.quantile(value[known] + late[known] * 1000, 0.95, method="inverted_cdf"))


def rows(found: dict[str, Series], phases: tuple[Phase, ...], nfrs: Iterable[Nfr] = ()) -> tuple[Row, ...]:
    """Every row of every phase that has samples, with the statistics that `nfrs` name."""
    asked = {key: sorted({nfr.statistic for nfr in nfrs if nfr.matches(key)}) for key in found}
    made = (row(series, phase, asked[key]) for key, series in found.items() for phase in phases)
    return tuple(one for one in made if one.total or one.cut_off)

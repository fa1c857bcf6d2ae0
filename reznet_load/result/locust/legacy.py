"""Reads Locust 0.8 to 0.12: `PREFIX_requests.csv`, with its percentiles in the separate `PREFIX_distribution.csv`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reznet_load.core.run import Caution
from reznet_load.result.locust import damage
from reznet_load.result.locust.frame import Frame, read_frame
from reznet_load.result.locust.stats import NEEDED, notes, table_of, unended, without_total
from reznet_load.result.locust.text import CsvText
from reznet_load.verdict.csv.match import TOTALS
from reznet_load.verdict.csv.table import CsvDamage, Table

Read = tuple[tuple[Table, ...], tuple[CsvDamage, ...], tuple[Caution, ...]]


def read(text: CsvText, name: str, beside: CsvText | None, beside_name: str) -> Read:
    """The rows of the file called `name`, with the percentiles of the distribution next to it. Raises ConfigError.

    Up to Locust 0.9 failures were not included in requests, from 0.10 on they were. More failures than requests prove
    the former; otherwise, if anything failed, both readings are returned.
    """
    frame = read_frame(text, name, NEEDED)
    total = damage.total_of(frame)
    found = [*frame.damage, *damage.rows(frame, together=False), *damage.sums(frame, total)]
    cautions = [*notes(frame), *without_total(frame, total)]
    if total is None and not found:
        found += unended(text, frame)
    failures, requests = frame.numbers["failures"], frame.numbers["requests"]
    apart = bool((failures > requests).any())
    kinds = (True,) if apart else (True, False) if (failures > 0).any() else (False,)
    tables = [table_of(frame, total, apart=kind) for kind in kinds]
    if len(kinds) > 1:
        unknown = (
            "Locust up to 0.9 counts failures apart from requests, 0.10 and later count them among the requests; "
            "this file does not show which version wrote it."
        )
        cautions.append(
            Caution("failures_apart", unknown, "Both were judged, and the worse of them decides each verdict.")
        )
    if beside is not None:
        percentiles = read_frame(beside, beside_name, ("name", "requests"))
        found += _of_distribution(percentiles)
        tables = [_with_percentiles(table, percentiles) for table in tables]
    return tuple(tables), tuple(found), tuple(cautions)


def _of_distribution(frame: Frame) -> list[CsvDamage]:
    """Damage of the distribution file, whose name it adds, because its line numbers are not those of the first file."""
    totals = [at for at, name in enumerate(frame.words["name"]) if name.removeprefix("None ") in TOTALS]
    found = [*frame.damage, *damage.rows(frame, together=False)]
    if totals:
        found += damage.sums(frame, totals[-1])
    return [replace(one, text=f"in {frame.name}, {one.text}") for one in found]


def _with_percentiles(table: Table, frame: Frame) -> Table:
    """`table` with the percentiles of rows of the same type and name; a row without requests is matched by name alone."""
    places = {name: at for at, name in enumerate(frame.words["name"])}
    levels = sorted(frame.percentiles)
    columns = np.full((len(table.keys), len(levels)), np.nan)
    ranked = np.array(table.ranked)
    for row, (key, name) in enumerate(zip(table.keys, table.names, strict=True)):
        at = next((places[one] for one in (key, f"None {name}", name) if one in places), None)
        if at is not None:
            columns[row] = [frame.percentiles[level][at] for level in levels]
            ranked[row] = np.nan_to_num(frame.numbers["requests"][at], posinf=0)
    return replace(table, levels=np.array(levels), columns=columns, ranked=ranked)

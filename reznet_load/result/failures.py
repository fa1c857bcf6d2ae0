"""Kinds of failures of a run: counts and times from its samples, texts and ids from the operations that it recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from reznet_load.core.failed.failed_kind import FailedKind
from reznet_load.core.measured.measurement import Row
from reznet_load.core.profile import Phase
from reznet_load.core.rows import named
from reznet_load.core.run import RunInfo
from reznet_load.result.operations import KeptOperation
from reznet_load.verdict.samples import Series

_IDS = 3  # ids to search the logs with: one of them may have been rotated away


def failed_kinds(
    info: RunInfo, series: dict[str, Series], rows: Sequence[Row], entries: Sequence[KeptOperation]
) -> tuple[FailedKind, ...]:
    """The kinds, most frequent first. `entries` of `operations.jsonl` (result.operations); `rows` are used without
    `series`.
    """
    phases = [phase for phase in info.phases if phase.judged] or list(info.phases)
    found = _of_samples(series, phases) if series else _of_rows(rows)
    return tuple(
        sorted((_told(one, entries, phases) for one in found), key=lambda one: (-one.count, one.row, one.error))
    )


def _of_rows(rows: Sequence[Row]) -> list[FailedKind]:
    return [FailedKind(row.key, text, count, row.total) for row in rows for text, count in row.errors.items()]


def _of_samples(series: dict[str, Series], phases: list[Phase]) -> list[FailedKind]:
    found = []
    for key, whole in series.items():
        if not named(key).is_operation or not whole.failed.any():
            continue
        parts = [whole.within(phase) for phase in phases] or [whole]
        start = np.concatenate([part.start[part.failed] for part in parts])
        error = np.concatenate([part.error[part.failed] for part in parts])
        total = sum(int((part.ok | part.failed).sum()) for part in parts)
        for number in np.unique(error):
            when = start[error == number]
            text = whole.texts[int(number)]
            found.append(FailedKind(key, text, len(when), total, float(when.min()), float(when.max())))
    return found


def _told(one: FailedKind, entries: Sequence[KeptOperation], phases: list[Phase]) -> FailedKind:
    """`one` with texts and ids from the recorded operations of its kind in these phases."""
    mine = [
        entry
        for entry in entries
        if entry.row == one.row
        and entry.error == one.error
        and any(phase.start <= entry.start < phase.end for phase in phases)
    ]
    texts = Counter(entry.text for entry in mine if entry.text)
    text, said = texts.most_common(1)[0] if texts else ("", 0)
    return replace(
        one,
        text=text,
        said=said,
        kept=len(mine),
        ids=_first(entry.request_id for entry in mine),
        channels=_first(entry.channel for entry in mine),
        messages=_first(entry.message for entry in mine),
    )


def _first(ids: Iterable[str]) -> tuple[str, ...]:
    """The first few different ids."""
    return tuple(dict.fromkeys(id for id in ids if id))[:_IDS]

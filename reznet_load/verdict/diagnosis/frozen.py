"""How long a backend answered nothing at all while users waited. After that no measurement can rule a pattern out."""

from __future__ import annotations

import numpy as np

from reznet_load.core.failed.failure_kinds import http_status
from reznet_load.core.rows import named
from reznet_load.verdict.diagnosis.evidence import Evidence
from reznet_load.verdict.diagnosis.patterns import thresholds as at
from reznet_load.verdict.samples import Series


def frozen_seconds(evidence: Evidence) -> float:
    """The longest time of the judged phase without any answer while operations were waiting; 0 if it is below FROZEN."""
    parts = [part for key in evidence.series if named(key).is_operation and (part := evidence.within(key)) is not None]
    if not parts:
        return 0.0
    answers, waits = (np.concatenate(arrays) for arrays in zip(*(_ends(part) for part in parts), strict=True))
    inside = answers[(answers > evidence.phase.start) & (answers < evidence.phase.end)]
    moments = np.sort(np.concatenate([inside, [evidence.phase.start, evidence.phase.end]]))
    place = int(np.argmax(np.diff(moments)))
    begin, end = moments[place], moments[place + 1]
    waiting = int(((waits[:, 0] < end) & (waits[:, 1] > begin)).sum())
    return float(end - begin) if end - begin >= at.FROZEN and waiting >= at.FEWEST else 0.0


def _ends(part: Series) -> tuple[np.ndarray, np.ndarray]:
    """(times of answers; for each other operation from when to when it waited), seconds since the epoch. An HTTP error
    is an answer.
    """
    refused = [number for number, text in enumerate(part.texts) if http_status(text) is not None]
    answered = part.ok | np.isin(part.error, refused)
    end = part.start + np.nan_to_num(part.value.astype(float)) / 1000
    return end[answered], np.column_stack([part.start, end])[~answered]

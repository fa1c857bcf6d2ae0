"""Do failures beyond the expected users say "not now", and soon, or nothing useful?

Thresholds: docs/measurement.md#beyond-the-expected-users.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from reznet_load.core.failed.failure_kinds import REFUSALS, kind_of
from reznet_load.core.profile import Phase
from reznet_load.core.run import Verdict
from reznet_load.core.units import format_value
from reznet_load.verdict import goodput
from reznet_load.verdict.intervals import share_interval
from reznet_load.verdict.judgement import for_information, two_at_least
from reznet_load.verdict.samples import Series

EXPLICIT, REFUSED_MS = 0.95, 1000.0  # share of failures that must say "not now", and how soon
RARE = 0.01  # of all operations: fewer failures than this are not a response to overload, whatever they say


def refusals(series: dict[str, Series], beyond: list[Phase]) -> Verdict:
    """The share of failures in the phases `beyond` that said "not now", and how soon."""
    title, limit = (
        "Failures are refusals",
        f">= {100 * EXPLICIT:.0f} % explicit, p95 < {format_value(REFUSED_MS, 'ms')}",
    )
    took, others, ended = _failures(series, beyond)
    said, total = len(took), len(took) + others.total()
    if not ended:
        return for_information("refusals", title, limit, "pending", "%", "no operation ended beyond the expected users")
    if not total:
        many = format_value(ended, "count")  # silence is not a pass: how the backend refuses was not observed
        reason = f"nothing was refused or failed (0 of {many} operations): how it refuses was not seen"
        return for_information("refusals", title, limit, "pending", "%", reason)
    took = took[~np.isnan(took)]
    p95 = float(np.quantile(took, 0.95, method="inverted_cdf")) if len(took) else 0.0
    seen = share_interval(np.array([float(said)]), np.array([float(total)]))
    outcome = "pass" if seen.low >= EXPLICIT else "fail" if seen.high < EXPLICIT else "warning"
    outcome = two_at_least(outcome, others.total())
    slow = two_at_least("fail", int((took >= REFUSED_MS).sum()))
    outcome = slow if p95 >= REFUSED_MS and outcome != "fail" else outcome
    outcome = "warning" if outcome == "fail" and total < RARE * ended else outcome
    reason = f"{said} of {total} failures were explicit (busy, 429, 503)"
    reason += f", p95 {format_value(p95, 'ms')}" if len(took) else ""
    reason += "".join(f"; of the others most were “{worst}” ({count})" for worst, count in others.most_common(1))
    return for_information(
        "refusals", title, limit, outcome, "%", reason,
        value=100 * said / total, low=100 * seen.low, high=100 * seen.high, n=total,
    )  # fmt: skip


def _failures(series: dict[str, Series], beyond: list[Phase]) -> tuple[np.ndarray, Counter[str], int]:
    """(ms that each refusal took, other failures by text, number of operations that ended)."""
    took = [np.empty(0)]
    others = Counter[str]()
    ended = 0
    for key in goodput.of_users(series):
        one = series[key]
        refusing = [number for number, text in enumerate(one.texts) if kind_of(text) in REFUSALS]
        for phase in beyond:
            part = one.within(phase)
            failed, said = part.failed, np.isin(part.error, refusing)
            ended += int((part.ok | failed).sum())
            took.append(part.value[failed & said].astype(float))
            numbers, counts = np.unique(part.error[failed & ~said], return_counts=True)
            others.update({one.texts[number]: int(count) for number, count in zip(numbers, counts, strict=True)})
    return np.concatenate(took), others, ended

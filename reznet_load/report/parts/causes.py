"""Finds the known pattern that explains why operations of a row failed: it causes at least half of the failures."""

from __future__ import annotations

from collections.abc import Sequence

from reznet_load.core.failed.failed_kind import FailedKind
from reznet_load.core.failed.failure_kinds import kind_of
from reznet_load.core.finding import Finding
from reznet_load.report.view import View
from reznet_load.verdict.diagnosis.diagnose import RULES

_CAUSED = {rule.id: rule.errors for rule in RULES}


def cause_of(view: View, kinds: Sequence[FailedKind]) -> Finding | None:
    """The costliest finding that causes half or more of the failures `kinds` of a row; None if there is no such finding."""
    failed = sum(one.count for one in kinds)
    for finding in view.result.findings:
        errors = _CAUSED.get(finding.id, ())
        mine = sum(one.count for one in kinds if kind_of(one.error) in errors)
        if mine and 2 * mine >= failed:
            return finding
    return None

"""Which known patterns of trouble were checked and not found, and which could not be checked: silence is never a pass."""

from __future__ import annotations

from reznet_load.core.finding import NOT_CHECKED, NOT_FOUND
from reznet_load.report.view import View
from reznet_load.verdict.diagnosis.diagnose import RULES

_TITLES = {rule.id: rule.title for rule in RULES}


def everything(view: View) -> str:
    """Of all patterns, by name."""
    clear = [one.id for one in view.result.patterns if one.answer == NOT_FOUND]
    said = f"Checked, not found: {_names(clear)}." if clear else "No known pattern of trouble could be ruled out."
    open_ = "; ".join(f"{_names(ids)} ({why})" for why, ids in _reasons(view, set(_TITLES)).items())
    return said + (f" Not checked: {open_}." if open_ else "")


def nothing_in(view: View, area: str) -> str:
    """Of a group of the long-term advice without a finding."""
    mine = {rule.id for rule in RULES if rule.area == area}
    reasons = _reasons(view, mine)
    if not view.result.patterns:
        return "Not checked."
    if not reasons:
        return "No finding."
    open_ = "; ".join(f"{_names(ids)} ({why})" for why, ids in reasons.items())
    checked = any(one.id in mine and one.answer != NOT_CHECKED for one in view.result.patterns)
    return f"No finding in what was checked. Not checked: {open_}." if checked else f"Not checked: {open_}."


def _reasons(view: View, ids: set[str]) -> dict[str, list[str]]:
    """Why -> the patterns of `ids` that were not checked for that reason."""
    found: dict[str, list[str]] = {}
    for one in view.result.patterns:
        if one.answer == NOT_CHECKED and one.id in ids:
            found.setdefault(one.why, []).append(one.id)
    return found


def _names(ids: list[str]) -> str:
    return ", ".join(_TITLES.get(id, id) for id in ids)

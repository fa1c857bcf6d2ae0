"""Sentences on known patterns of trouble: which were checked and not found, and which could not be checked, and why."""

from __future__ import annotations

from reznet_load.core.finding import NOT_CHECKED, NOT_FOUND
from reznet_load.report.view import View
from reznet_load.verdict.diagnosis.diagnose import RULES

_TITLES = {rule.id: rule.title for rule in RULES}


def everything(view: View) -> str:
    """A sentence on all patterns, by name."""
    clear = [one.id for one in view.result.patterns if one.answer == NOT_FOUND]
    said = (
        f"Known patterns of trouble that were checked and not found: {_names(clear)}."
        if clear
        else "No known pattern of trouble could be ruled out."
    )
    open_ = "; ".join(f"{_names(ids)} ({why})" for why, ids in _reasons(view, set(_TITLES)).items())
    return said + (f" Not checked: {open_}." if open_ else "")


def nothing_in(view: View, area: str, caused: str = "") -> str:
    """A sentence for an `area` of the long-term advice that has no finding, or only findings that options `caused`.

    Known Issues has the reasons why patterns were not checked.
    """
    mine = {rule.id for rule in RULES if rule.area == area}
    if not any(one.id in mine and one.answer != NOT_CHECKED for one in view.result.patterns):
        return "Nothing was checked."
    besides = f" besides what `{caused}` caused on purpose" if caused else ""
    missing = [id for ids in _reasons(view, mine).values() for id in ids]
    return f"No finding{besides}." + (f" Not checked: {_names(missing)}." if missing else "")


def _reasons(view: View, ids: set[str]) -> dict[str, list[str]]:
    """Reason -> the patterns of `ids` that were not checked for this reason."""
    found: dict[str, list[str]] = {}
    for one in view.result.patterns:
        if one.answer == NOT_CHECKED and one.id in ids:
            found.setdefault(one.why, []).append(one.id)
    return found


def _names(ids: list[str]) -> str:
    return ", ".join(_TITLES.get(id, id) for id in ids)

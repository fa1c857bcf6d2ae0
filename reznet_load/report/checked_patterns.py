"""Which patterns of trouble were looked for and not found, and which nobody could look for: silence is never a pass."""

from __future__ import annotations

from reznet_load.report.view import View
from reznet_load.verdict.diagnosis.diagnose import RULES, looked_for
from reznet_load.verdict.diagnosis.patterns.rule import Rule


def everything(view: View) -> str:
    """Of all rules, by name."""
    found = {finding.id for finding in view.result.findings}
    seeing, blind = _split(view, RULES)
    clear = [rule for rule in seeing if rule.id not in found]
    said = (
        f"Looked for in what was judged, and not found: {_names(clear)}."
        if clear
        else "No known pattern of trouble could be ruled out."
    )
    return said + (f" Not looked for, for want of {_wants(view, blind)}: {_names(blind)}." if blind else "")


def nothing_in(view: View, area: str) -> str:
    """Of a group of the long-term advice without a finding."""
    seeing, blind = _split(view, tuple(rule for rule in RULES if rule.area == area))
    if not blind:
        return "No finding."
    wants = _wants(view, blind)
    return (
        f"No finding; looked for in part only, for want of {wants}."
        if seeing
        else f"Not looked for, for want of {wants}."
    )


def _split(view: View, rules: tuple[Rule, ...]) -> tuple[list[Rule], list[Rule]]:
    """(those the run could see with, those it could not)."""
    seeing = [rule for rule in rules if looked_for(rule, view.result.info)]
    return seeing, [rule for rule in rules if rule not in seeing]


def _wants(view: View, rules: list[Rule]) -> str:
    needs = {need for rule in rules for need in rule.needs if need not in view.result.info.has}
    return ", ".join(sorted(needs)) or "samples"


def _names(rules: list[Rule]) -> str:
    return ", ".join(rule.title for rule in rules)

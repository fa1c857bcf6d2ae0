"""Sentences and action items that several sections use, each for given rows and requirements."""

from __future__ import annotations

from dataclasses import dataclass

from reznet_load.core.measured.measurement import Row
from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import Nfr
from reznet_load.core.text.foreign_text import for_markdown
from reznet_load.core.units import format_value
from reznet_load.report.view import View, ms, sentence

_TAIL = 3.0  # a p99 of this many medians or more is a long tail
_NOTICED = 0.1  # share of the limit; a p99 below it is not reported


@dataclass(frozen=True, slots=True)
class ActionItems:
    """The action items of a section: `done` by this run, as one text, and each item that is still `open`."""

    done: str
    open: list[str]


def target(view: View, *nfrs: str) -> str:
    """`Agent Response Time (p95) < 3 s, …`: the limits of the requirements `nfrs`, without those that the run lacks."""
    found = [f"{nfr.title} {nfr.target_text}" for id in nfrs if (nfr := _nfr(view, id)) is not None]
    return ", ".join(found) or "no requirement of this section in nfr.toml"


def margin(view: View, *nfrs: str) -> list[str]:
    """A sentence for each row: how much of its limit the value uses, and in which phase if there are several.

    The table of requirements says why a value is not a Pass.
    """
    rows: dict[str, list[str]] = {}
    for id in nfrs:
        verdict, asked = view.verdict(id), _nfr(view, id)
        if verdict is None or verdict.value is None or asked is None or asked.limit.value <= 0:
            continue
        where = f" in {verdict.phase}" if verdict.phase and len(view.judged_phases) > 1 else ""
        share = 100 * verdict.value / asked.limit.value
        used = "below 1 %" if share < 1 else f"{share:.0f} %"
        value = format_value(verdict.value, verdict.unit)
        text = f"{statistic_of(asked.statistic).label} {value} is {used} of its limit"
        rows.setdefault(f"{verdict.row}{where}", []).append(text)
    return [f"{row}: {' and '.join(texts)}." for row, texts in rows.items()]


def where_time_went(view: View, *nfrs: str) -> list[str]:
    """Sentences on how the time of failed requirements is divided; DETAILS.md has the times of the parts.

    If a known pattern explains the requirements, the measured facts follow. Otherwise the problem in the executive
    summary has them.
    """
    found = view.result.findings
    by_pattern = {id for one in found if one.kind != "time" and one.cost > 0 for id in one.about}
    return [
        f"{one.split.ranges} {one.split.facts}".strip() if by_pattern.issuperset(one.about) else one.split.ranges
        for one in found
        if one.kind == "time" and {*one.about} & {*nfrs}
    ]


def tails(view: View, rows: list[Row], nfr: str) -> list[str]:
    """A sentence on the rows with a long tail near the limit of `nfr`, in the unit of the rows; [] if there are none."""
    limit = asked.limit.value if (asked := _nfr(view, nfr)) else 0.0
    found = [
        f"{row.key} p99 {ms(row.p99)} ({row.p99 / row.p50:.1f} times its median)"
        for row in rows
        if row.p50 and row.p99 is not None and row.p99 >= max(_TAIL * row.p50, _NOTICED * limit)
    ]
    return [f"Long tail{'' if len(found) == 1 else 's'}: {', '.join(found)}."] if found else []


def failures(view: View, rows: list[Row]) -> list[str]:
    """Sentences with each kind of failure and its count, for kinds that no table of failures shows."""
    shown = {one.row for one in view.result.failures}
    rows = [row for row in rows if row.key not in shown and not row.missing]  # a table of rows has the missing parts
    return [f"{row.key}: {count} × {for_markdown(text)}." for row in rows for text, count in row.errors.items()]


def _nfr(view: View, id: str) -> Nfr | None:
    return next((one for one in view.requirements.nfrs if one.id == id), None)


def unmeasured(view: View, *ids: str) -> list[str]:
    """Sentences on why requirements of `ids` have no value."""
    found = [verdict for id in ids if (verdict := view.verdict(id)) and verdict.outcome == "pending"]
    return [sentence(f"{verdict.title}: {verdict.reason}") for verdict in found]


def action_items(*items: tuple[bool, str]) -> ActionItems:
    """The action items from (done by this run, text)."""
    done = [text for is_done, text in items if is_done]
    return ActionItems(
        "; ".join(f"{text[:1].lower()}{text[1:]}" for text in done), [text for is_done, text in items if not is_done]
    )


def outcome_in(view: View, nfr: str) -> str | None:
    """The outcome of the requirement `nfr` in this run; None if there is no verdict on it."""
    verdict = view.verdict(nfr)
    return verdict.outcome if verdict else None

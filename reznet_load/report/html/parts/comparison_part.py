"""`comparison.html`: each requirement and row of two runs with both intervals, and both distributions."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from reznet_load.core.rows import named
from reznet_load.report.comparison.compare import Comparison, Pair
from reznet_load.report.comparison.document import pair_lines, searched
from reznet_load.report.comparison.side import Side, timed
from reznet_load.report.html import small
from reznet_load.report.html.page import Page
from reznet_load.report.html.svg import distribution
from reznet_load.result.timeline import curve

_MEANING = (
    "Values with their two-sided 90 % intervals. “worse” and “better”: p is 0.05 or less over the whole table (Holm) and the "
    "difference is 10 % or more. “~”: not proven, or smaller than what two runs of one and the same backend differ by. “-”: no "
    "conclusion. The test compares ten blocks of time of each run, so that samples in bursts do not count as independent ones."
)
_SEARCHED = (
    "The interval of a capacity goes from the last number of users that passed to the first that failed, without an end where "
    "none did; that of a goodput is its 90 % interval. “worse” and “better”: the intervals are disjoint and the difference is 10 % "
    "or more. “~”: not proven, or smaller than what two searches of one and the same backend differ by. “-”: no conclusion."
)
_ABOUT = ("run", "time", "target", "scenario", "users", "fingerprint", "backend_commit", "outcome")


def comparison_page(found: Comparison, a: Side, b: Side) -> Page:
    """The page that compares B with A."""
    sought = searched(found)
    tables = {"Answers": found.requirements} if sought else {"Requirements": found.requirements, "Rows": found.rows}
    names = {
        "comparison": found,
        "answer": answer(found),
        "outcome": {0: "pass", 1: "fail", 2: "unjudged"}[found.exit_code],
        "sides": [_about(name, found) for name in _ABOUT],
        "tables": [_table(title, pairs) for title, pairs in tables.items() if pairs],
        "curves": [] if sought else _curves(a, b),
        "meaning": _SEARCHED if sought else _MEANING,
    }
    heading = "Comparison of two runs"
    about = f"A: {found.a['run']} · B: {found.b['run']}"
    return Page(f"{heading}: {found.a['run']} and {found.b['run']}", heading, about, ("compared",), names)


def answer(found: Comparison) -> str:
    """The result of the comparison in a sentence."""
    if found.refused:
        return f"No conclusion: {found.refused}."
    worse = [pair.name for pair in found.requirements if pair.sign == "worse"]
    better = [pair.name for pair in found.requirements if pair.sign == "better"]
    parts = [f"B is worse in {', '.join(worse)}"] if worse else []
    parts += [f"{'better' if worse else 'B is better'} in {', '.join(better)}"] if better else []
    return f"{'; '.join(parts) or 'No requirement is proven worse or better in B'}."


def _about(name: str, found: Comparison) -> dict[str, str]:
    return {
        "name": name.replace("_", " "),
        "a": str(found.a[name] or "unknown"),
        "b": str(found.b[name] or "unknown"),
    }


def _table(title: str, pairs: tuple[Pair, ...]) -> dict[str, Any]:
    lines = [line | {"picture": Markup(_intervals(pair))} for line, pair in zip(pair_lines(pairs), pairs, strict=True)]
    return {"title": title, "lines": lines, "limits": any(pair.limit is not None for pair in pairs)}


def _intervals(pair: Pair) -> str:
    kinds = zip(("a", "b"), (pair.a, pair.b), strict=True)
    bounds = [small.Bounds(one.value, one.low, one.high, kind) for kind, one in kinds if one.value is not None]
    title = f"{pair.name}, {pair.statistic}: A above B"
    return small.intervals(title, bounds, pair.limit, pair.below) if len(bounds) > 1 else ""


def _curves(a: Side, b: Side) -> list[dict[str, Any]]:
    """Distributions of the rows of users that both runs have in the main phase."""
    found = []
    for key in sorted(set(a.series) & set(b.series)):
        parts = [side.part(key) for side in (a, b)]
        if not named(key).is_operation or a.series[key].unit != "ms" or None in parts:
            continue
        curves = [(name, curve(timed(part)[1])) for name, part in zip("AB", parts, strict=True) if part is not None]
        if all(one for _, one in curves):
            picture = distribution(f"{key}: percent that took at most so many ms", curves)
            found.append({"name": key, "picture": Markup(picture)})
    return found

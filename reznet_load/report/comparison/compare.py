"""Compares the requirements and rows of two runs: each is better, worse or `~`, with the test that decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from reznet_load.core.holm import holm
from reznet_load.core.measured.statistic import statistic_of
from reznet_load.core.nfr import Nfr
from reznet_load.core.rows import named
from reznet_load.core.run import Verdict
from reznet_load.history.between import ALPHA, difference, in_tail
from reznet_load.history.comparable import invalid, like, unlike
from reznet_load.history.metric import LIMIT_SHARE, STEP
from reznet_load.history.regress import percent
from reznet_load.history.sought import CAPACITY, SOUGHT
from reznet_load.report.comparison.side import Side, blocked, bound, quantile

SEARCH = "search"  # the statistic of a result of a search, of which a run has one value
_ROW_STATISTICS = ("p50", "p95")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of one run with its two-sided 90 % interval, in the unit of the Pair; None if it is not known."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A requirement or a row in both runs.

    percent        by how much B differs from A
    p              two-sided, adjusted by Holm over the table; None if no test was possible
    sign           `worse` or `better`: B against A; `~`: no difference is proven; "": no conclusion
    test           the test that decided, or why there is none, in words
    required       True: if this requirement is worse, the comparison fails
    below          True: smaller values are better
    limit          limit of the requirement, in `unit`; None for a row
    by_intervals   True: the two intervals decide, because there is no p
    """

    name: str
    statistic: str
    unit: str
    a: Value
    b: Value
    percent: float | None
    p: float | None
    sign: str
    test: str
    required: bool = False
    below: bool = True
    least: float = 0.0
    limit: float | None = None
    by_intervals: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of run B with run A. `refused` says why the two runs cannot be compared; "" if they can."""

    a: dict[str, Any]
    b: dict[str, Any]
    refused: str
    requirements: tuple[Pair, ...]
    rows: tuple[Pair, ...]

    @property
    def exit_code(self) -> int:
        """1 if a required requirement is worse, 2 if there is no conclusion, else 0."""
        if self.refused:
            return 2
        return int(any(pair.sign == "worse" and pair.required for pair in self.requirements))


def compare(a: Side, b: Side) -> Comparison:
    """Compare B with A."""
    refused = _refusal(a, b)
    if (
        a.line.search and b.line.search
    ):  # each search ended at its own number of users, so only the results are comparable
        return Comparison(
            _about(a), _about(b), refused, _concluded([_sought(nfr, a, b) for nfr in SOUGHT], refused), ()
        )
    verdicts = {verdict.id: verdict for verdict in a.result.verdicts}
    theirs = {verdict.id: verdict for verdict in b.result.verdicts}
    requirements = [
        _requirement(nfr, a, b, verdicts[nfr.id], theirs[nfr.id]) for nfr in b.requirements.nfrs if nfr.id in verdicts
    ]
    return Comparison(
        _about(a), _about(b), refused, _concluded(requirements, refused), _concluded(_rows(a, b), refused)
    )


def _about(side: Side) -> dict[str, Any]:
    line = side.line
    names = ("run", "time", "target", "scenario", "users", "fingerprint", "backend_commit", "commit", "outcome")
    return {name: getattr(line, name) for name in names} | ({"users": like(line)} if line.search else {})


def _refusal(a: Side, b: Side) -> str:
    for side in (a, b):
        if reason := invalid(side.line):
            return f"run {side.line.run} is {reason}: it says nothing about the backend"
        if not side.line.fingerprint:
            return f"run {side.line.run} does not say in what environment it was made"
    reason = unlike(a.line, b.line)
    return f"B has {reason}" if reason else ""


def _sought(nfr: Nfr, a: Side, b: Side) -> Pair:
    """The comparison of a result of two searches; an unknown bound proves nothing."""
    found = [side.line.value_of(nfr.id) for side in (a, b)]
    values = [Value(one.value, one.low, one.high, one.n) for one in found]
    test = _Test(None, "intervals: last pass to first fail" if nfr.id == CAPACITY else "intervals", by_intervals=True)
    if None in (values[0].value, values[1].value):
        test = _Test(None, "not found in both")
    elif any(one.low is None for one in values):
        test = _Test(None, "one value a run: no test")
    elif any(one.at_least for one in found) and not (_beneath(*values) or _beneath(*reversed(values))):
        test = _Test(None, "only a bound from below: the generator or the time ended a search")
    return Pair(
        name=nfr.title,
        statistic=SEARCH,
        unit=nfr.limit.unit,
        a=values[0],
        b=values[1],
        percent=_percent(*values),
        p=None,
        sign="",
        test=test.name,
        required=nfr.required,
        below=nfr.limit.below,
        by_intervals=test.by_intervals,
    )


def _requirement(nfr: Nfr, a: Side, b: Side, mine: Verdict, its: Verdict) -> Pair:
    values = [Value(v.value, v.low, v.high, v.n) for v in (mine, its)]
    test = _tested(nfr, a, b, mine, its)
    return Pair(
        name=nfr.title,
        statistic=statistic_of(nfr.statistic).label,
        unit=nfr.limit.unit,
        a=values[0],
        b=values[1],
        percent=_percent(*values),
        p=test.p,
        sign="",
        test=test.name,
        required=nfr.required,
        below=nfr.limit.below,
        least=LIMIT_SHARE * nfr.limit.value,
        limit=nfr.limit.value,
        by_intervals=test.by_intervals,
    )


def _percent(a: Value, b: Value) -> float | None:
    return None if a.value is None or b.value is None else percent(b.value, a.value)


@dataclass(frozen=True, slots=True)
class _Test:
    """The test of two values.

    p              None if there is no p
    name           the test in words, or why there is none
    by_intervals   True: the two intervals decide
    """

    p: float | None
    name: str
    by_intervals: bool = False


def _tested(nfr: Nfr, a: Side, b: Side, mine: Verdict, its: Verdict) -> _Test:
    if mine.value is None or its.value is None:
        return _Test(None, "not measured in both")
    if statistic_of(nfr.statistic).family in ("connected", "extreme"):
        return _Test(None, "one value a run: no test")
    if mine.row != its.row:
        return _Test(None, f"intervals: decided by {mine.row} and {its.row}", by_intervals=True)
    parts = a.part(mine.row, mine.phase), b.part(its.row, its.phase)
    if None in parts:
        return _Test(None, "intervals: no samples", by_intervals=True)
    return _test(nfr.statistic, list(parts))


def _test(statistic: str, parts: list[Any]) -> _Test:
    kind = statistic_of(statistic)
    past = bound(parts, statistic)
    found = [blocked(part, statistic, past) for part in parts]
    if None in found:
        return _Test(None, "not measured in both")
    least = int(min(one.counts.sum() for one in found))
    if least < kind.floor:
        return _Test(None, f"need {kind.floor}, have {least}")
    p = difference(*found, share=kind.family != "mean", tail=in_tail(kind.level))
    name = f"share past one {kind.label}" if kind.family == "quantile" else kind.label
    return _Test(p, f"{name}, blocks of time")


def _rows(a: Side, b: Side) -> list[Pair]:
    """Pairs for the medians and p95 of rows of users and probes that both runs have in the main phase."""
    pairs = []
    for key in [key for key in b.series if key in a.series and b.series[key].unit == "ms"]:
        parts = [a.part(key), b.part(key)]
        if None in parts or named(key).is_gauge:
            continue
        for statistic in _ROW_STATISTICS:
            found = [quantile(part, statistic_of(statistic).level) for part in parts]
            if None not in found:
                values = [Value(*one) for one in found]
                test = _test(statistic, parts)
                pairs.append(Pair(key, statistic, "ms", *values, _percent(*values), test.p, "", test.name))
    return pairs


def _concluded(pairs: list[Pair], refused: str) -> tuple[Pair, ...]:
    """`pairs` with their signs, and with p values adjusted by Holm over all pairs."""
    tested = [pair for pair in pairs if pair.p is not None]
    adjusted = dict(zip(map(id, tested), holm([pair.p for pair in tested]), strict=True))  # type: ignore[misc]
    pairs = [(replace(pair, p=adjusted[id(pair)]) if id(pair) in adjusted else pair) for pair in pairs]
    return tuple(pair if refused else replace(pair, sign=_sign(pair)) for pair in pairs)


def _sign(pair: Pair) -> str:
    if pair.a.value is None or pair.b.value is None or (pair.p is None and not pair.by_intervals):
        return ""
    gap = pair.b.value - pair.a.value
    proven = _disjoint(pair) if pair.p is None else pair.p <= ALPHA
    ratio = max(pair.a.value, pair.b.value) / least if (least := min(pair.a.value, pair.b.value)) > 0 else float("inf")
    if not proven or abs(gap) < pair.least or ratio < 1 + STEP or not gap:
        return "~"
    return "worse" if (gap > 0) == pair.below else "better"


def _disjoint(pair: Pair) -> bool:
    return _beneath(pair.a, pair.b) or _beneath(pair.b, pair.a)


def _beneath(one: Value, other: Value) -> bool:
    return one.high is not None and other.low is not None and one.high < other.low

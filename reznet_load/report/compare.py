"""Two runs side by side, requirement by requirement and row by row: better, worse, or `~`, with the test that says so."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.measurement import STATISTICS
from reznet_load.core.nfr import Nfr
from reznet_load.core.run import Verdict
from reznet_load.core.units import format_value
from reznet_load.history.between import ALPHA, difference
from reznet_load.history.comparable import unlike, valid
from reznet_load.history.metric import LIMIT_SHARE, STEP, holm
from reznet_load.history.regress import percent, words
from reznet_load.report.sides import Side, blocked, pooled, quantile

TEMPLATE = "comparison.md.j2"
_ROW_STATISTICS = ("p50", "p95")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of one run with its two-sided 90 % interval, in the unit of its Pair."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A requirement or a row in both runs.

    sign      `worse` or `better` (B against A), `~` no difference to be seen, `` no conclusion; `test` says why
    p         two-sided, Holm over all of its table; None where no test was possible
    required  of a requirement: its worse value makes the comparison fail
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


@dataclass(frozen=True, slots=True)
class Comparison:
    """`refused`: why nothing can be concluded from these two runs; `` where something can."""

    a: dict[str, Any]
    b: dict[str, Any]
    refused: str
    requirements: tuple[Pair, ...]
    rows: tuple[Pair, ...]

    @property
    def exit_code(self) -> int:
        """1: a required requirement is worse, 2: no conclusion, 0 else."""
        if self.refused:
            return 2
        return int(any(pair.sign == "worse" and pair.required for pair in self.requirements))


def compare(a: Side, b: Side) -> Comparison:
    """B against A."""
    refused = _refusal(a, b)
    verdicts = {verdict.id: verdict for verdict in a.result.verdicts}
    theirs = {verdict.id: verdict for verdict in b.result.verdicts}
    requirements = [
        _requirement(nfr, a, b, verdicts[nfr.id], theirs[nfr.id]) for nfr in b.requirements.nfrs if nfr.id in verdicts
    ]
    return Comparison(
        _about(a), _about(b), refused, _concluded(requirements, refused), _concluded(_rows(a, b), refused)
    )  # fmt: skip


def _about(side: Side) -> dict[str, Any]:
    line = side.line
    names = ("run", "time", "target", "scenario", "users", "fingerprint", "backend_commit", "commit", "outcome")
    return {name: line[name] for name in names}


def _refusal(a: Side, b: Side) -> str:
    for side in (a, b):
        if not valid(side.line):
            return f"run {side.line['run']} is {side.line['outcome']}: it says nothing about the backend"
        if not side.line["fingerprint"]:
            return f"run {side.line['run']} does not say in what environment it was made"
    reason = unlike(a.line, b.line)
    return f"B has {reason}" if reason else ""


def _requirement(nfr: Nfr, a: Side, b: Side, mine: Verdict, its: Verdict) -> Pair:
    values = [Value(v.value, v.low, v.high, v.n) for v in (mine, its)]
    p, test = _tested(nfr, a, b, mine, its)
    return Pair(
        nfr.title, STATISTICS[nfr.statistic].label, nfr.limit.unit, *values, _percent(*values), p, "", test,
        nfr.required, nfr.limit.below, LIMIT_SHARE * nfr.limit.value,
    )  # fmt: skip


def _percent(a: Value, b: Value) -> float | None:
    return None if a.value is None or b.value is None else percent(b.value, a.value)


def _tested(nfr: Nfr, a: Side, b: Side, mine: Verdict, its: Verdict) -> tuple[float | None, str]:
    """(p, the test's name or why there is none)."""
    if mine.value is None or its.value is None:
        return None, "not measured in both"
    if STATISTICS[nfr.statistic].family in ("connected", "extreme"):
        return None, "one value a run: no test"
    parts = a.part(mine.row, mine.phase), b.part(its.row, its.phase)
    if mine.row != its.row or None in parts:
        return (
            None,
            f"intervals: decided by {mine.row} and {its.row}" if mine.row != its.row else "intervals: no samples",
        )
    return _test(nfr.statistic, list(parts))


def _test(statistic: str, parts: list[Any]) -> tuple[float | None, str]:
    kind = STATISTICS[statistic]
    bound = pooled(parts, statistic)
    found = [blocked(part, statistic, bound) for part in parts]
    if None in found:
        return None, "not measured in both"
    least = int(min(one.counts.sum() for one in found))
    if least < kind.floor:
        return None, f"need {kind.floor}, have {least}"
    p = difference(*found, share=kind.family != "mean")
    name = f"share past the common {kind.label}" if kind.family == "quantile" else kind.label
    return p, f"{name}, blocks of time"


def _rows(a: Side, b: Side) -> list[Pair]:
    """Medians and p95 of the rows of users and probes that both runs have, in the main phase."""
    pairs = []
    for key in [key for key in b.series if key in a.series and b.series[key].unit == "ms"]:
        parts = [a.part(key), b.part(key)]
        if None in parts or key.startswith("GAUGE"):
            continue
        for statistic in _ROW_STATISTICS:
            found = [quantile(part, STATISTICS[statistic].level) for part in parts]
            if None not in found:
                values = [Value(*one) for one in found]
                p, test = _test(statistic, parts)
                pairs.append(Pair(key, statistic, "ms", *values, _percent(*values), p, "", test))
    return pairs


def _concluded(pairs: list[Pair], refused: str) -> tuple[Pair, ...]:
    """`pairs` with their signs, p values by Holm over all of them."""
    tested = [pair for pair in pairs if pair.p is not None]
    adjusted = dict(zip(map(id, tested), holm([pair.p for pair in tested]), strict=True))  # type: ignore[misc]
    pairs = [(replace(pair, p=adjusted[id(pair)]) if id(pair) in adjusted else pair) for pair in pairs]
    return tuple(pair if refused else replace(pair, sign=_sign(pair)) for pair in pairs)


def _sign(pair: Pair) -> str:
    if pair.a.value is None or pair.b.value is None or (pair.p is None and not pair.test.startswith("intervals")):
        return ""
    gap = pair.b.value - pair.a.value
    proven = _disjoint(pair) if pair.p is None else pair.p <= ALPHA
    ratio = max(pair.a.value, pair.b.value) / least if (least := min(pair.a.value, pair.b.value)) > 0 else float("inf")
    if not proven or abs(gap) < pair.least or ratio < 1 + STEP or not gap:
        return "~"
    return "worse" if (gap > 0) == pair.below else "better"


def _disjoint(pair: Pair) -> bool:
    a, b = pair.a, pair.b
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return False
    return a.high < b.low or b.high < a.low


def as_json(found: Comparison) -> dict[str, Any]:
    """For machines."""
    return {"exit_code": found.exit_code} | asdict(found)


def as_markdown(found: Comparison, overlay: str = "") -> str:
    """By the template. Raises ConfigError where it asks for something that is not there."""
    from jinja2 import TemplateError

    from reznet_load.report.render import environment

    try:
        return (
            environment(overlay)
            .get_template(TEMPLATE)
            .render(
                asdict(found) | {"tables": {"Requirements": _lines(found.requirements), "Rows": _lines(found.rows)}}
            )
        )
    except TemplateError as error:
        raise ConfigError(f"template {TEMPLATE}: {error}") from None


def _lines(pairs: tuple[Pair, ...]) -> list[dict[str, str]]:
    return [
        {
            "name": pair.name, "statistic": pair.statistic, "a": _written(pair.a, pair.unit),
            "b": _written(pair.b, pair.unit), "sign": pair.sign or "-", "test": pair.test,
            "change": "-" if pair.a.value is None or pair.b.value is None else _change(pair),
            "p": "-" if pair.p is None else "< 0.001" if pair.p < 0.001 else f"{pair.p:.3f}",
        }
        for pair in pairs
    ]  # fmt: skip


def _change(pair: Pair) -> str:
    return "+0.0 %" if pair.a.value == pair.b.value else words(pair.percent)


def _written(value: Value, unit: str) -> str:
    if value.value is None:
        return "-"
    text = format_value(value.value, unit)
    if value.low is None or value.high is None:
        return text
    return f"{text} ({format_value(value.low, unit)} to {format_value(value.high, unit)})"

"""Sentences on a duel: on each change, on the answer for each requirement, and on the whole duel."""

from __future__ import annotations

from reznet_load.core.measured.named_row import PROBE
from reznet_load.core.rows import (
    AGENT_LIST_QUERY,
    AGENT_TURN,
    CACHE_GET,
    CACHE_READ,
    CACHE_SET,
    CHUNK_GAP,
    CONNECT,
    ECHO,
    FIRST_TOKEN,
    MESSAGE_PAGE_QUERY,
    PING,
    QUERY_REDUCTION,
    named,
)
from reznet_load.core.run import INVALID
from reznet_load.core.units import format_duration
from reznet_load.result.duel import NOT_ENOUGH, DuelResult
from reznet_load.verdict.duel.answer import MISSING, NO_WORSE, OPEN, SLIGHTLY, SLOWER, DuelAnswer
from reznet_load.verdict.duel.change import PairedChange
from reznet_load.verdict.duel.figures import FAILED, SHARE, Figure

_MANY = {
    AGENT_TURN.key: "Agent replies",
    FIRST_TOKEN.key: "First tokens of agent replies",
    CHUNK_GAP.key: "Gaps within agent replies",
    ECHO.key: "Echoes of messages",
    PING.key: "WebSocket round trips",
    CONNECT.key: "Connections",
    AGENT_LIST_QUERY.key: "Agent list queries",
    MESSAGE_PAGE_QUERY.key: "Message page queries",
    CACHE_GET.key: "Cache GETs",
    CACHE_SET.key: "Cache SETs",
}
_ONE = {
    CACHE_READ.key: "The cache hit rate",
    QUERY_REDUCTION.key: "The share of agent lists without a query",
}
_SHOWN = 3  # most requirements that a sentence names
_TWO_HOURS = "more than two hours"


def number(value: float) -> str:
    """`0.4`, `7`, `120`: percent or points, without a sign for zero."""
    text = f"{value:.1f}" if abs(value) < 10 else f"{value:.0f}"
    return text.removesuffix(".0").replace("-0", "0") if text in ("-0.0", "-0") else text.removesuffix(".0")


def noun(row: str) -> str:
    """A row as the beginning of a sentence: `Agent replies`, `GET /health`."""
    found = named(row)
    return _MANY.get(row) or _ONE.get(row) or (found.name if found.kind == PROBE else found.words)


def interval(change: PairedChange) -> str:
    """`4 to 10 %`: how much slower B is, or how much faster if the estimate is negative."""
    low, high = (change.low, change.high) if change.estimate >= 0 else (-change.high, -change.low)
    return f"{number(low)} to {number(high)} {'%' if change.ratio else 'points'}"


def change_text(figure: Figure, change: PairedChange) -> str:
    """`Agent replies are 7 % slower in B (4 to 10 %)`."""
    subject = f"{noun(figure.row)} {'are' if figure.row in _MANY else 'is'}"
    if {number(abs(one)) for one in (change.estimate, change.low, change.high)} == {"0"}:
        return f"{subject} the same in B"
    size, worse = number(abs(change.estimate)), change.estimate >= 0
    if figure.what == FAILED:
        return f"{figure.row} fails {size} points {'more' if worse else 'less'} often in B ({interval(change)})"
    if figure.what == SHARE:
        lower = worse if figure.inverted else not worse
        return f"{subject} {size} points {'lower' if lower else 'higher'} in B ({interval(change)})"
    return f"{subject} {size} % {'slower' if worse else 'faster'} in B ({interval(change)})"


def minutes_text(minutes: float | None) -> str:
    """How many more minutes of duel are needed to decide; None: more than two hours."""
    if minutes is None:
        return f"{_TWO_HOURS} would be needed"
    return f"{minutes:.0f} more minute{'' if minutes == 1 else 's'} would tell"


def answer_text(result: DuelResult, one: DuelAnswer) -> str:
    """The answer for one requirement in words; if the duel is not valid, only the change."""
    if result.outcome in INVALID:
        return "no interval" if one.change is None else change_text(result.figures[one.change.row].figure, one.change)
    if one.answer == MISSING:
        return f"no answer: {_missing(result, one)}"
    if one.change is None:
        return f"undecided: too few pairs for an interval; {minutes_text(one.more)}"
    text = change_text(result.figures[one.change.row].figure, one.change)
    margin = f"{number(one.margin)} {'%' if one.change.ratio else 'points'}"
    said = {
        SLOWER: f"proven, and beyond the margin of {margin}",
        SLIGHTLY: f"proven, within the margin of {margin}",
        NO_WORSE: f"no worse: proven to be below the margin of {margin}",
        OPEN: f"undecided: {minutes_text(one.more)}",
    }
    return f"{text}; {said[one.answer]}"


def _missing(result: DuelResult, one: DuelAnswer) -> str:
    known = [result.figures[name] for name in result.names.get(one.id, ())]
    lost = next((found for found in known if found.of_one_side), None)
    if lost is None:
        return "neither side gave a value"
    silent = "B" if lost.of_one_side == "A" else "A"
    return f"{silent} gave no value of {lost.figure.name}"


def headline(result: DuelResult) -> str:
    """The answer of the duel in one or two sentences."""
    if result.outcome == "interrupted":
        return f"The duel was interrupted{_after(result)}; what follows is of that time and decides nothing."
    if result.outcome == "void":
        reason = next(one for one in result.cautions if one.void)
        return f"The sides cannot be compared. {reason.text} {reason.remedy}"
    if result.phase is None:
        return f"No answer: {NOT_ENOUGH}."
    found = {kind: [one for one in result.required if one.answer == kind] for kind in (SLOWER, MISSING, SLIGHTLY, OPEN)}
    if result.terms.same:
        return _of_itself(result, [*found[SLOWER], *found[SLIGHTLY]])
    if found[SLOWER]:
        return f"B is slower: {_listed(result, found[SLOWER])}."
    if result.outcome == "unjudged":
        silent = found[MISSING]
        return f"No answer: {_missing(result, silent[0])}." if silent else "No answer: no requirement was measured."
    if result.outcome == "fail":
        return f"B is not proven to be no worse: {_listed(result, [*found[SLIGHTLY], *found[OPEN]])}."
    if found[SLIGHTLY]:
        return f"B is slower, within the margin: {_listed(result, found[SLIGHTLY])}."
    if found[OPEN]:
        return _open(result, found[OPEN])
    return "B is not slower: every change is proven to be below its margin."


def _of_itself(result: DuelResult, slower: list[DuelAnswer]) -> str:
    """The answer of a duel of A with itself."""
    if slower:
        return f"A is slower than itself, so this machine treats the two differently: {_listed(result, slower)}. Run it again."
    return "A was compared with itself, and no difference was found, as it should be."


def _open(result: DuelResult, undecided: list[DuelAnswer]) -> str:
    titles = [result.nfr(one.id).title for one in undecided]
    shown = ", ".join(titles[:_SHOWN]) + (f" and {len(titles) - _SHOWN} more" if len(titles) > _SHOWN else "")
    held = sum(one.answer == NO_WORSE for one in result.required)
    of_all = f"No worse: {held} of {len(result.required)} requirements. " if held else ""
    return f"B is not proven to be slower. {of_all}Undecided: {shown}."


def _listed(result: DuelResult, answers: list[DuelAnswer]) -> str:
    """The changes of `answers` in words, each row once."""
    rows = dict.fromkeys(one.change.row for one in answers if one.change is not None)
    changed = [change_text(result.figures[row].figure, result.changes[row]) for row in rows]
    rest = len(changed) - _SHOWN
    return "; ".join(changed[:_SHOWN]) + (f"; and {rest} more" if rest > 0 else "") if changed else "no interval"


def _after(result: DuelResult) -> str:
    return f" after {format_duration(round(result.phase.seconds))} of it" if result.phase else " before it began"

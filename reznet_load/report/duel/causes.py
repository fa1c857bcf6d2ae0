"""Sentences on why B is slower, as far as the rows of a duel show it, and on what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from reznet_load.core.rows import (
    AGENT_LIST_QUERY,
    AGENT_TURN,
    CACHE_GET,
    CACHE_SET,
    CHUNK_GAP,
    FIRST_TOKEN,
    MESSAGE_PAGE_QUERY,
    PING,
    named,
)
from reznet_load.core.run import INVALID
from reznet_load.core.text.next_command import with_option
from reznet_load.core.units import format_value
from reznet_load.report.duel.words import noun
from reznet_load.result.duel import DuelResult
from reznet_load.verdict.duel.answer import OPEN
from reznet_load.verdict.duel.figures import LATENCY, SHARE

# Rows that the load measures without the application: if they are slower, the application's code is not the cause.
_SERVERS = {
    AGENT_LIST_QUERY.key: "PostgreSQL",
    MESSAGE_PAGE_QUERY.key: "PostgreSQL",
    CACHE_GET.key: "Redis",
    CACHE_SET.key: "Redis",
}
_NEARLY_ALL = (
    0.75  # share of REST rows: if so many rows and pings are slower, the whole process is slow (our judgement)
)
_LONGEST = 60.0  # longest duel, in minutes, that a next step asks for (our judgement)


def causes(result: DuelResult) -> list[str]:
    """Sentences on causes; [] if no row is proven to be slower, or if the duel is not valid."""
    slower = [name for name, one in result.changes.items() if one.slower]
    if result.outcome in INVALID or result.terms.same or not slower:
        return []
    found = (_options(result), _servers(result, slower), _cache(result, slower), _process(result, slower))
    return [text for sentences in (*found, _replies(result, slower)) for text in sentences]


def _options(result: DuelResult) -> Iterator[str]:
    """A sentence on options of the embedded target, because they make B slower on purpose."""
    a, b = (side.deployment.options for side in result.sides)
    if a != b:
        started = [f"with `{options}`" if options else "without options" for options in (a, b)]
        yield f"A was started {started[0]}, B {started[1]}."


def _servers(result: DuelResult, slower: list[str]) -> Iterator[str]:
    for name in slower:
        if server := _SERVERS.get(name):
            one = result.figures[name]
            took = f"{format_value(one.b.mean, 'ms')} and not {format_value(one.a.mean, 'ms')}"
            yield f"{server} itself is slower in B, without the application too: {noun(name)} take {took}."


def _cache(result: DuelResult, slower: list[str]) -> Iterator[str]:
    for name in slower:
        one = result.figures[name]
        if one.figure.what == SHARE:
            yield f"{noun(name)} is {format_value(one.b.mean, '%')} in B and {format_value(one.a.mean, '%')} in A."


def _process(result: DuelResult, slower: list[str]) -> Iterator[str]:
    rest = [name for name, one in result.figures.items() if one.figure.what == LATENCY and named(name).is_rest]
    if PING.key in slower and rest and sum(name in slower for name in rest) >= _NEARLY_ALL * len(rest):
        yield "Pings and nearly all REST calls are slower in B: its process is busy or blocked, not one endpoint."


def _replies(result: DuelResult, slower: list[str]) -> Iterator[str]:
    """A sentence on whether the first token or the rest of a reply takes longer."""
    if AGENT_TURN.key not in slower or FIRST_TOKEN.key not in result.figures:
        return
    turn, first = (_longer(result, name) for name in (AGENT_TURN.key, FIRST_TOKEN.key))
    before = min(max(first, 0.0), turn) if FIRST_TOKEN.key in slower else 0.0
    where = (
        f"{format_value(before, 'ms')} of it before the first token" if before else "all of it after the first token"
    )
    gaps = "; the gaps between its parts are longer" if CHUNK_GAP.key in slower else ""
    yield f"A reply takes {format_value(turn, 'ms')} longer in B, {where}{gaps}."


def _longer(result: DuelResult, name: str) -> float:
    """By how many ms B is slower in the row `name`, from the geometric means."""
    one = result.figures[name]
    return (one.b.mean or 0.0) - (one.a.mean or 0.0)


def next_step(result: DuelResult) -> str:
    """What to do now; "" if there is nothing to do, or if the answer already says it."""
    if result.outcome in INVALID or result.phase is None or result.terms.same:
        return ""
    if any(one.slower for one in result.changes.values()):
        return f"`{_load(result)}` shows where B's time goes."
    needed = [one.more for one in result.required if one.answer == OPEN]
    if not needed:
        return ""
    total = sum(max((one or 0.0, result.phase.seconds / 60) for one in needed))
    if None in needed or total > _LONGEST:
        return (
            "use a quieter machine, or one for each side: here more time alone takes too long to decide what is open."
        )
    return f"run it again with `{_again(result, f'{total:.0f}m')}` to decide what is open."


def _again(result: DuelResult, duration: str) -> str:
    """The command of this duel with another duration; the option alone if the command is not known."""
    try:
        words = shlex.split(result.terms.command)
    except ValueError:  # masking may have removed a quote
        words = []
    return shlex.join(with_option(words, "--duration", duration) if words else ["--duration", duration])


def _load(result: DuelResult) -> str:
    """The command that runs a load against B alone."""
    b = result.sides[1]
    if options := b.deployment.options:
        return f"reznet-load load --target={shlex.quote(options)}"
    return "reznet-load load" if b.target == "embedded" else f"reznet-load load --host {b.host}"

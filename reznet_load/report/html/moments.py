"""Events of a run that charts mark: a part was cut off or restored, a worker was lost, the knee was reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reznet_load.core.phases.outages import outages
from reznet_load.core.run import RunResult
from reznet_load.result.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Moment:
    """An event; `at` is in seconds from the first user."""

    at: float
    text: str


def moments(result: RunResult, timeline: Timeline) -> tuple[Moment, ...]:
    """The events of a run in order of time; () for a run without phases."""
    begin = result.info.phases[0].start
    found = [*_outages(result, begin), *_knee(result, begin)]
    found += [Moment(at, "a worker was lost") for at in timeline.lost]
    if result.info.interrupted or result.info.stopped:
        how = "interrupted" if result.info.interrupted else "stopped early"
        found.append(Moment(result.info.phases[-1].end - begin, f"the run was {how}"))
    return tuple(sorted(found, key=lambda one: one.at))


def _outages(result: RunResult, begin: float) -> Iterator[Moment]:
    for one in outages(result.info.phases):
        yield Moment(one.gone.start - begin, f"{one.name} cut off")
        yield Moment(one.gone.end - begin, f"{one.name} given back")


def _knee(result: RunResult, begin: float) -> Iterator[Moment]:
    """The time at which the number of users first reached the upper end of the knee; nothing if there was no knee."""
    for one in result.behaviour:
        if one.id == "knee" and one.low is not None and one.high is not None:
            first = next(
                (phase for phase in result.info.phases if phase.users >= one.high and phase.part != "settle"), None
            )
            if first is not None:
                yield Moment(first.start - begin, f"knee: between {one.low:g} and {one.high:g} users")

"""A machine without a free core: what voids a run, what explains late pings, and what is left as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from reznet_load.core.rows import PING, TARGET_CPU, TARGET_WAITING, WAITING_FOR_CORE
from reznet_load.core.run import RunResult
from reznet_load.result.assemble import assemble
from reznet_load.verdict.diagnosis.diagnose import diagnosis
from reznet_load.verdict.diagnosis.evidence import Evidence, gather
from reznet_load.verdict.diagnosis.loop import loop_waits
from reznet_load.verdict.generator.core_waits import CoreWaits, core_waits
from tests import builders
from tests.stepped import series

HERE: dict[str, Any] = {"before": {"processes": {"watched": {"target": 7}}}}
PERCENT = some.none() | some.floats(0, 100)

# (generator %, backend %, backend's CPU %, p95 of the pings in ms, limit 100): runs of 25 s on two cores with 50 users, next to
# so many busy programs; in the last three the backend had its cores.
MEASURED = [
    ("quiet", 1.6, 4.2, 17, 2.1, "ok"),
    ("one", 16.2, 28.9, 16, 19.7, "noticed"),
    ("two", 17.5, 36.9, 17, 42.3, "noticed"),
    ("two half of the time", 17.7, 36.1, 19, 27.0, "noticed"),
    ("eight", 22.5, 49.3, 15, 127.1, "noticed"),
    ("tests on two cores", 24.2, 41.3, 21, 135.7, "noticed"),
    ("the same and more", 28.5, 58.2, 17, 57.6, "noticed"),
    ("six", 25.2, 60.5, 18, 244.1, "void"),
    ("six, generator first", 10.6, 68.5, 17, 107.9, "void"),
    ("four", 38.7, 87.2, 16, 366.6, "void"),
    ("ten", 39.8, 89.4, 14, 600.4, "void"),
    ("twelve", 40.4, 91.0, 12, 1031.8, "void"),
    ("sixteen, the probe did not come to read", 41.1, None, None, 1685.4, "void"),
    ("two, backend first", 17.5, 0.9, 17, 4.6, "ok"),
    ("two half of the time, backend first", 7.4, 4.3, 14, 2.2, "ok"),
    ("two, backend first, and other work", 33.5, 10.6, 20, 22.3, "ok"),
]


@pytest.mark.parametrize(
    ("generator", "backend", "used", "level"), [(one[1], one[2], one[3], one[5]) for one in MEASURED]
)
def test_runs_that_were_measured_are_void_only_if_other_programs_took_the_backends_cores(
    generator: float, backend: float | None, used: float | None, level: str
) -> None:
    waits = CoreWaits(generator, backend, used)
    assert (waits.noticed, waits.starved(True)) == (level != "ok", level == "void")


def test_no_run_with_right_values_is_void_and_no_failed_one_is_left() -> None:
    for name, _, _, _, slow, level in MEASURED:
        assert slow > 100 or level != "void", name
        assert slow < 200 or level == "void", name


@pytest.mark.parametrize(
    ("waits", "here", "why"),
    [
        (CoreWaits(40.0, 90.0, 180.0), True, "it overloaded the machine by itself"),
        (CoreWaits(3.0, 90.0, 40.0), True, "it waits alone: a quota or a share of its own"),
        (CoreWaits(40.0, None, None), False, "it runs on another machine"),
        (CoreWaits(25.0, None, None), True, "its wait is not known"),
        (CoreWaits(), True, "nothing was measured"),
    ],
)
def test_a_backend_short_of_cores_for_another_reason_is_no_excuse(waits: CoreWaits, here: bool, why: str) -> None:
    assert not waits.starved(here), why


@pytest.mark.parametrize(
    ("late", "generator", "backend", "used", "explained"),
    [
        (0.05, 17.5, 36.9, 19.0, True), (0.12, 22.5, 49.3, 17.0, True), (0.16, 24.2, 41.3, 24.0, True),
        (0.23, 10.6, 68.5, 19.0, True), (0.86, 39.8, 89.4, 17.0, True), (0.91, 38.7, 87.2, 18.0, True),
        (0.95, 40.4, 91.0, 15.0, True), (0.42, 24.4, 46.4, 45.0, True), (0.23, 20.4, 26.6, 84.0, True),
        (0.32, 10.4, 17.3, 14.0, False), (0.47, 12.5, 22.6, 17.0, False), (0.73, 22.3, 43.7, 17.0, False),
    ],
)  # fmt: skip
def test_late_pings_that_were_measured_are_told_from_those_of_a_blocked_loop(
    late: float, generator: float, backend: float, used: float, explained: bool
) -> None:
    """The last three runs had a loop that was blocked for 250 of 600 ms."""
    assert CoreWaits(generator, backend, used).explains(late, True) == explained


@given(PERCENT, PERCENT, PERCENT, some.floats(0, 1), some.floats(0, 1), some.booleans())
def test_more_late_answers_are_never_easier_to_explain(
    generator: float | None, backend: float | None, used: float | None, fewer: float, more: float, here: bool
) -> None:
    waits, few, many = CoreWaits(generator, backend, used), min(fewer, more), max(fewer, more)
    assert waits.explains(few, here) or not waits.explains(many, here)
    assert waits.noticed or not waits.starved(here)


@given(some.lists(some.floats(0.1, 5), min_size=1, max_size=30), some.data())
def test_a_reading_counts_for_the_time_since_the_last_one(gaps: list[float], data: some.DataObject) -> None:
    """The share of the whole is that of its parts, however late the probe came to read."""
    shares = np.array(data.draw(some.lists(some.floats(0, 100), min_size=len(gaps), max_size=len(gaps))))
    ends = builders.ORIGIN + 10 + np.cumsum(gaps)
    phase = replace(builders.info().phases[1], end=float(ends[-1]) + 1)
    found = core_waits({TARGET_WAITING.key: series(TARGET_WAITING.key, ends, shares, unit="%")}, phase)
    assert found.backend == pytest.approx(float(np.dot(shares, gaps) / sum(gaps)), abs=0.01)


def judged(
    folder: Path, *, generator: float, backend: float | None, used: float = 20.0, here: bool = True
) -> RunResult:
    """A run with good values and these waits."""
    rows, units = builders.healthy()
    waits = {WAITING_FOR_CORE.key: generator, TARGET_WAITING.key: backend, TARGET_CPU.key: used}
    rows |= {key: np.full(60, value) for key, value in waits.items() if value is not None}
    units |= dict.fromkeys(waits, "%")
    return assemble(builders.write_run(folder / "run", rows, units, builders.info(probes=HERE if here else {})))


@pytest.mark.parametrize(
    ("waits", "outcome", "cautions"),
    [
        ({"generator": 2.0, "backend": 4.0}, "pass", []),
        ({"generator": 17.0, "backend": 37.0}, "pass", ["no_free_core"]),
        ({"generator": 17.0, "backend": 5.0}, "pass", ["waiting"]),
        ({"generator": 25.0, "backend": 61.0}, "void", ["no_free_core"]),
        ({"generator": 40.0, "backend": None}, "void", ["no_free_core"]),
        ({"generator": 40.0, "backend": None, "here": False}, "pass", ["waiting"]),
        ({"generator": 40.0, "backend": 90.0, "used": 170.0}, "pass", ["no_free_core"]),
    ],
)
def test_the_run_says_what_waited_and_is_void_if_that_decided_its_values(
    tmp_path: Path, waits: dict[str, Any], outcome: str, cautions: list[str]
) -> None:
    result = judged(tmp_path, **waits)
    assert result.outcome == outcome
    found = [one for one in result.cautions if one.id in ("no_free_core", "waiting")]
    assert [one.id for one in found] == cautions and all(one.remedy for one in found)
    if outcome == "void":
        assert result.exit_code == 3 and "waited" in found[0].text and "another one" in found[0].remedy


def pinged(
    share: float, *, generator: float | None, backend: float | None, probes: dict[str, Any] | None = None
) -> Evidence:
    """600 pings of 60 s; in that share of the time the loop was away and let all go at its end, 300 ms at once."""
    when = np.sort(np.random.default_rng(3).uniform(0, 60, 600))
    period, into = 0.3 / share, np.mod(when, 0.3 / share)
    took = 1.0 + np.where(into < 0.3, (0.3 - into) * 1000, 0.0)
    assert period > 0.3
    made = {PING.key: series(PING.key, builders.ORIGIN + 10 + when, took)}
    seconds = builders.ORIGIN + 10.5 + np.arange(60)
    for row, percent in ((WAITING_FOR_CORE, generator), (TARGET_WAITING, backend)):
        if percent is not None:
            made[row.key] = series(row.key, seconds, np.full(60, percent), unit="%")
    return gather(builders.info(has=("chat",), probes=probes or HERE), (), made)


@pytest.mark.parametrize(
    ("share", "generator", "backend", "answer"),
    [
        (0.4, 2.0, 4.0, "found"),  # a quiet machine
        (0.4, None, None, "found"),  # a run of an earlier version
        (0.4, 8.0, 15.0, "found"),
        (0.6, 12.0, 23.0, "found"),  # a busy machine, and more late pings than waiting can make
        (0.6, 22.0, 44.0, "found"),
        (0.3, 25.0, 60.0, "not checked"),
        (0.6, 40.0, 89.0, "not checked"),
        (0.6, 41.0, None, "not checked"),
    ],
)
def test_a_blocked_loop_is_found_unless_waiting_for_a_core_explains_the_late_pings(
    share: float, generator: float | None, backend: float | None, answer: str
) -> None:
    evidence = pinged(share, generator=generator, backend=backend)
    waits = loop_waits(evidence)
    assert waits.answer == answer and waits.no_core == (answer == "not checked")
    if waits.no_core:
        assert "the machine was overloaded" in waits.why and "free the machine" in waits.why
        check = next(one for one in diagnosis(evidence).patterns if one.id == "loop_blocked")
        assert (check.answer, check.why) == (answer, waits.why)
        assert "waited" in waits.why and ("backend" in waits.why) == (backend is not None)

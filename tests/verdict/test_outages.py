"""A verdict for each part that was cut off, and the document's text about the outage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reznet_load.core.failed.failure_kinds import kind_of
from reznet_load.core.measured.measurement import Row
from reznet_load.core.nfr import load_requirements
from reznet_load.core.outcome import outcome_of
from reznet_load.core.phases.outages import outage, outages
from reznet_load.core.profile import Phase
from reznet_load.core.run import Caution, RunInfo, RunResult
from reznet_load.core.system.resources import resource
from reznet_load.report.sections import failures as told
from reznet_load.report.view import View
from reznet_load.verdict.beyond.outages import judge_outages
from reznet_load.verdict.samples import Series
from tests.builders import ORIGIN, info

REQUIREMENTS = load_requirements(resource("nfr.toml"))
CUT, BACK = ORIGIN + 40, ORIGIN + 50


def run_with(until: float) -> RunInfo:
    """Redis away from CUT to BACK, watched until `until` seconds later."""
    one = outage("redis", CUT, BACK, BACK + until, 50)
    return info(phases=(Phase("before", ORIGIN, CUT, 50, True), *one.phases), notes={"redis cut": "reset"})


def turns(slow: list[tuple[float, float]], seconds: float = 500) -> dict[str, Series]:
    """Two agent turns a second, slow within the spans `slow` (seconds from ORIGIN)."""
    start = ORIGIN + np.arange(0, seconds, 0.5)
    value = np.full(len(start), 900.0)
    for begin, end in slow:
        value[(start >= ORIGIN + begin) & (start < ORIGIN + end)] = 9000.0
    zeros = np.zeros(len(start), np.uint16)
    key = "CHAT agent turn"
    return {key: Series(key, "ms", start, value, np.full(len(start), np.nan), zeros, zeros, ("",))}


@pytest.mark.parametrize(
    ("slow", "watched", "outcome", "value", "says"),
    [
        ([(40, 50)], 90, "pass", 0, "in target at once"),
        ([(40, 70)], 90, "pass", 20_000, "last out of target: Agent Response Time (p95), CHAT agent turn"),
        ([(40, 130)], 120, "warning", 80_000, "in target from 80 s on"),
        ([(40, 200)], 90, "warning", None, "watch it for longer: --recovery 5m30s"),
        ([(40, 500)], 400, "fail", None, "not seen within the 6m40s"),
        ([(0, 500)], 400, "warning", None, "not in target for 30s before the first cut either"),
    ],
)
def test_the_recovery_rule_judges_each_part(
    slow: list[tuple[float, float]], watched: float, outcome: str, value: float | None, says: str
) -> None:
    (verdict,) = judge_outages(REQUIREMENTS, run_with(watched), turns(slow))
    assert (verdict.id, verdict.outcome, verdict.value) == ("recovery_redis", outcome, value)
    assert says in verdict.reason and verdict.required and verdict.limit == "<= 60 s"


def test_without_samples_it_is_pending_and_without_a_cut_nothing_is_judged() -> None:
    (verdict,) = judge_outages(REQUIREMENTS, run_with(90), {})
    assert verdict.outcome == "pending" and verdict.reason
    assert judge_outages(REQUIREMENTS, info(), turns([])) == ()


def test_a_planned_outage_that_failed_leaves_the_run_unjudged() -> None:
    calm = turns([])
    (verdict,) = judge_outages(REQUIREMENTS, info(scenario="failures"), calm)
    assert (verdict.outcome, verdict.reason) == ("pending", "nothing was cut off in this run")
    dull = Caution("cut_failed_postgres", "PostgreSQL could not be cut off: no such container.", "")
    redis, postgres = judge_outages(REQUIREMENTS, replace(run_with(90), scenario="failures", cautions=(dull,)), calm)
    assert (redis.outcome, postgres.id, postgres.outcome) == ("pass", "recovery_postgres", "pending")
    assert "no such container" in postgres.reason
    assert outcome_of(info(), (redis, postgres), ()) == ("unjudged", 2)


def test_outages_come_in_the_order_they_were_cut() -> None:
    first, second = outage("provider", 10, 20, 50, 5), outage("redis", 50, 60, 90, 5)
    assert outages([*second.phases, *first.phases]) == (first, second)
    assert outages([first.gone]) == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("HTTP 503", "explicit error"),
        ("error in stream: the last chunk carried an error (disconnect)", "explicit error"),
        ("busy: the agent answers somebody else, no reply will come", "explicit error"),
        ("no echo within 5 s", "time-out"),
        ("silence: no first token in time", "time-out"),
        ("time-out: no answer in time", "time-out"),
        ("connection refused", "connection lost or refused"),
        ("disconnected: the socket was lost", "connection lost or refused"),
    ],
)
def test_each_failure_is_of_one_kind(text: str, kind: str) -> None:
    assert kind_of(text).how == kind


def test_the_document_says_what_failed_how_and_what_fell_silent() -> None:
    run = run_with(90)
    rows = (
        Row("GET /api/agents", "before", "ms", 100, p95=5.0),
        Row("CHAT ping", "before", "ms", 100, p95=1.0),
        Row("CHAT first token", "redis cut", "ms", 7),
        Row(
            "GET /api/agents",
            "redis cut",
            "ms",
            6,
            4,
            p95=50.0,
            errors={"HTTP 500": 3, "time-out: no answer in time": 1},
        ),
    )
    verdicts = judge_outages(REQUIREMENTS, run, turns([(40, 70)]))
    view = View(RunResult("pass", 0, run, rows, verdicts), REQUIREMENTS, {})
    (line,) = told.lines(view)
    assert line["part"] == "Redis" and line["gone"] == "10s" and line["how"] == "reset"
    assert line["failed"] == "4 of 10 (40.0 %)" and line["answered"] == "75.0 % explicit error, 25.0 % time-out"
    assert line["status"] == "✅ Pass" and line["recovery"] == "20s"
    ping, agents = told.rows(view)
    assert ping["how"] == "nothing was sent: its users were waiting" and ping["failed"] == "-"
    assert agents["how"] == "3 × HTTP 500; 1 × time-out: no answer in time" and agents["before"] == "5.00 ms"

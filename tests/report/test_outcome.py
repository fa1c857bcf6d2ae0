"""What the executive summary says about the outcome, the scenario's question, and the next step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reznet_load.core.nfr import load_requirements
from reznet_load.core.phases.steps import Capacity
from reznet_load.core.profile import BEYOND, Phase, soak, spike, stress
from reznet_load.core.run import Caution, RunInfo, RunResult, Verdict
from reznet_load.core.system.resources import resource
from reznet_load.history.line import HistoryLine
from reznet_load.report import outcome
from reznet_load.report.lines import status
from reznet_load.report.sections import s6_load
from reznet_load.report.sections.advice import immediate, known_issues, long_term, opportunities
from reznet_load.report.view import View
from reznet_load.result.context import RunContext
from reznet_load.verdict.capacity.answer import line
from reznet_load.verdict.judgement import SAMPLES, STALL
from tests import builders
from tests.history.lines import line as history_line
from tests.stepped import stepped

REQUIREMENTS = load_requirements(resource("nfr.toml"))


def earlier(scenario: str, outcome: str) -> HistoryLine:
    """A run of the past."""
    return replace(history_line(1, outcome=outcome), scenario=scenario)


NOT_TRIED = Verdict(
    "concurrent_users", "Concurrent Users", "warning", "users", "100 (Phase 2)", 50.0, n=58, row="GAUGE sockets",
    reason="100 not tried: 50 open in every second; run with USERS=100", counts=False,
)  # fmt: skip
STRADDLES = Verdict(
    "agent_response_p95", "Agent Response", "warning", "ms", "< 3 s", 3100.0, row="CHAT agent turn", phase="recovery",
    reason="p95 3 100 ms (90 % interval 2 900 ms to 3 300 ms) is not decided: the interval contains the limit of < 3 s",
    open=SAMPLES,
)  # fmt: skip
STALL = Verdict(
    "websocket_latency_p95", "WebSocket", "warning", "ms", "< 100 ms", 5.0, row="CHAT echo",
    reason="a stall may be hidden by the closed loop: measured from the scheduled send time, p95 is 2 745 ms", open=STALL,
)  # fmt: skip
FAILED = replace(STRADDLES, outcome="fail", reason="p95 4 s past the limit of < 3 s")
SAVED = Verdict(
    "payload_reduction", "Payload Reduction", "fail", "%", "> 40 %", 15.6, row="GAUGE payload saved", required=False
)
UNREAD = Verdict(
    "db_query_p95", "Database Query", "pending", "ms", "< 100 ms", reason="no DATABASE_URL was given", counts=False
)
SILENT = replace(UNREAD, reason="nothing was measured in PROBE agent list query", counts=True)
KEPT = Verdict(
    "goodput_kept", "Goodput kept", "fail", "%", ">= 90 %", 0.0, 0.0, 0.45, row="CHAT agent turn", phase="step 200",
    reason="answered in < 3 s: 0.00/s at 200 users", required=False, counts=False,
)  # fmt: skip
ACCEPTED = replace(KEPT, id="accepted_p95", title="Accepted requests", unit="ms", limit="<= 2 × target")
KNEE = replace(
    KEPT,
    id="knee",
    title="Knee",
    outcome="pass",
    unit="users",
    value=None,
    low=100.0,
    high=200.0,
    reason="at 200 it falls",
)
BACK = Verdict("recovery", "Recovery", "pass", "ms", "<= 60 s", 30000.0, reason="in target from 30 s on")


def view(
    said: str, *verdicts: Verdict, info: RunInfo | None = None, beside: tuple[Verdict, ...] = (), **more: Any
) -> View:
    context = RunContext(**more.pop("context", {}))
    result = RunResult(said, 0, info or builders.info(), verdicts=verdicts, behaviour=beside, **more)
    return View(result, REQUIREMENTS, context)


STRESS = stepped(stress(50, 100, 15), "stress")


@pytest.mark.parametrize(
    ("said", "verdicts", "expected"),
    [
        ("pass", (), "Every required NFR that was tried meets its limit (90 % confidence), with 50 users."),
        ("pass", (NOT_TRIED, SAVED), "with 50 users. Not tried: Concurrent Users (100 users)."),
        ("pass", (UNREAD,), "with 50 users. Not measured: Database Query."),
        ("warning", (STRADDLES, STALL), "No required NFR failed, but not everything is proven: Agent Response, WebSocket."),
        ("fail", (FAILED, STALL), "target fails 1 of 2 requirements (advisory ones not counted), with 50 users: Agent Response."),
        ("unjudged", (SILENT,), "Not measured, though it was to be: Database Query. No statement about the backend as a whole."),
        ("unjudged", (), "Not measured, though it was to be: any required NFR."),
        ("void", (NOT_TRIED,), "The load generator or its machine was the bottleneck."),
    ],
)  # fmt: skip
def test_the_outcome_names_what_it_includes_and_leaves_out(
    said: str, verdicts: tuple[Verdict, ...], expected: str
) -> None:
    assert expected in outcome.text(view(said, *verdicts))


def test_failures_beyond_the_expected_load_are_mentioned_wherever_a_reader_could_miss_them() -> None:
    found = view("warning", STRADDLES, info=STRESS, beside=(KNEE, KEPT, ACCEPTED, BACK))
    assert (
        "beyond the expected load, which does not affect the result: Goodput kept, Accepted requests."
        in outcome.text(found)
    )
    assert any(
        "which does not affect the result, fail: Goodput kept, Accepted requests.** (problem 1)" in one
        for one in known_issues(found)
    )
    assert any("429, 503" in one for one in long_term(found)["Infrastructure"])
    only = view("warning", info=STRESS, beside=(KEPT,))  # it may be refusing already
    assert not any("429, 503" in one for one in long_term(only)["Infrastructure"])


def test_a_scenario_has_its_question_answered_line_by_line() -> None:
    assert outcome.answers(view("pass", NOT_TRIED, SAVED)) == []
    found = outcome.answers(view("warning", STRADDLES, info=STRESS, beside=(KNEE, KEPT, BACK)))
    assert found == [
        "✅ Pass, **Knee**: Between 100 and 200 users: at 200 it falls.",
        "❌ Fail beyond the expected load, **Goodput kept**: 0.0 % (90 % interval 0.0 % to 0.45 %), wanted >= 90 %. Answered in "
        "< 3 s: 0.00/s at 200 users. (CHAT agent turn, step 200)",
        "✅ Pass, **Recovery**: 30 s, wanted <= 60 s.",
    ]
    cut = Verdict("recovery_redis", "Recovery after Redis was cut off", "warning", "ms", "<= 60 s", reason="not seen")
    assert outcome.answers(view("warning", STRADDLES, cut)) == [
        "⚠️ Warning, **Recovery after Redis was cut off**: Not seen."
    ]


def test_a_void_run_has_no_answer_and_must_be_repeated() -> None:
    voided = Caution("too_many_users", "More users ran.", "Give them longer, --ramp.", void=True)
    pending = (replace(STRADDLES, outcome="pending"), replace(KEPT, outcome="pending"))
    found = view("void", pending[0], info=STRESS, beside=pending[1:], cautions=(voided,))
    assert outcome.answers(found) == ["No answer: the run is void."]
    assert immediate(found)["Run Performance Tests"] == ["Run it again: Give them longer, --ramp."]
    assert [one.split()[0] for one in s6_load.open_items(found)] == ["Run", "Monitor", "Try", "Verify", "Test"]


def test_a_search_answers_with_its_interval_and_fails_nothing_beyond() -> None:
    most = Capacity(119, 124, confirmed=True, resolved=True, n_star=120.0)
    found = view("pass", beside=line(most), capacity=most)
    assert outcome.answers(found)[0].startswith("✅ Pass, **Capacity**: 119 to 124 users:")
    assert "N* = 120 users" in outcome.answers(found)[0] and "`CAPACITY.md`" in outcome.question(found)
    none = Capacity(0, 50, confirmed=False, resolved=True, limited_by="agent_response_p95")
    failed = view("fail", FAILED, beside=line(none), capacity=none)
    assert "beyond" not in outcome.text(failed) + outcome.answers(failed)[0]


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (STRESS, "beyond the expected load"),
        (stepped(soak(50, 600, 10), "soak"), "grows or gets slower"),
        (builders.info(scenario="failures"), "cut off"),
    ],
)
def test_each_scenario_has_its_own_question(info: RunInfo, words: str) -> None:
    assert words in outcome.question(view("pass", info=info))


def test_an_action_says_what_to_do_and_repeats_no_reason() -> None:
    found = view("warning", STRADDLES, STALL, NOT_TRIED, UNREAD, replace(UNREAD, id="cache_hit_rate", title="Hit Rate"))
    groups = immediate(found)
    assert groups["Run Performance Tests"] == [
        "Measure Database Query, Hit Rate: no DATABASE_URL was given.",
        "Optional: time every part alone, with one user and no load (make perf).",
    ]
    assert groups["Load Testing"][:2] == [
        "Measure for longer (make load DURATION=5m): Agent Response.",
        "Look for what stands still while users wait, section 6 has p95 from the intended start: WebSocket.",
    ]
    assert groups["Load Testing"][2:] == ["Do what is open in section 6."]
    assert opportunities(found) == ["**Not proven: Agent Response, WebSocket.** (problem 1)"]


SEARCHED = builders.info(scenario="capacity", phases=(Phase("confirmation of 119", 0, 90, 119, True),), users=119)


@pytest.mark.parametrize(
    ("info", "context", "undone"),
    [
        (builders.info(), {}, ("Try 100 users", "Verify graceful", "Test failure")),
        (builders.info(users=100), {}, ("Verify graceful", "Test failure")),
        (stepped(spike(50, 60, 10), "spike"), {}, ("Try 100 users", "Verify graceful", "Test failure")),
        (STRESS, {}, ("Test failure",)),
        (SEARCHED, {}, ("Run a load test: make load", "Verify graceful", "Test failure")),
        (SEARCHED, {"history": (earlier("stress", "warning"),)}, ("Run a load test", "Test failure")),
        (SEARCHED, {"history": (earlier("stress", "void"),)},
         ("Run a load test", "Verify graceful", "Test failure")),
        (SEARCHED, {"history": (earlier("failures", "fail"),)}, ("Run a load test", "Verify graceful")),
    ],
)  # fmt: skip
def test_boxes_of_section_6_follow_the_verdicts(
    info: RunInfo, context: dict[str, Any], undone: tuple[str, ...]
) -> None:
    found = view("pass", info=info, context=context)
    still = [one for one in s6_load.open_items(found) if not one.startswith("Monitor")]
    assert len(still) == len(undone)
    assert all(one.startswith(begins) for one, begins in zip(still, undone, strict=True))
    assert "Do what is open in section 6." in immediate(found)["Load Testing"]


def test_a_status_names_its_phase_if_the_section_shows_another() -> None:
    assert any(phase.part == BEYOND for phase in STRESS.phases)
    assert status(view("warning", STRADDLES, info=STRESS), "agent_response_p95").startswith(
        "⚠️ Warning: Agent Response in recovery: p95 3 100 ms"
    )
    below = replace(STRADDLES, outcome="pass", phase="step 100", reason="")
    assert status(view("pass", below, info=STRESS), "agent_response_p95") == "✅ Pass"
    assert status(view("pass", replace(below, phase="recovery"), info=STRESS), "agent_response_p95") == (
        "✅ Pass: Agent Response in recovery"
    )

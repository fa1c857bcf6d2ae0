"""Which part took the time, on runs whose parts are known because they were constructed here."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reznet_load.core.deployment import DeploymentFacts
from reznet_load.core.finding import Finding
from reznet_load.core.nfr import load_requirements
from reznet_load.core.profile import BEYOND, STEADY, STEP, Phase
from reznet_load.core.run import Verdict
from reznet_load.core.system.resources import resource
from reznet_load.verdict import row_summary
from reznet_load.verdict.diagnosis.diagnose import diagnosis, explained
from reznet_load.verdict.diagnosis.estimate import TimeShare, estimate, rest_text
from reznet_load.verdict.diagnosis.evidence import gather
from reznet_load.verdict.diagnosis.explain import PARTS, explain
from reznet_load.verdict.diagnosis.shares import DATABASE
from reznet_load.verdict.samples import Series
from reznet_load.verdict.steps import steps
from tests.builders import ORIGIN, info

REQUIREMENTS = load_requirements(resource("nfr.toml"))
DEPLOYMENT = DeploymentFacts(provider="anthropic", simulated=True)
RNG = np.random.default_rng(4)
FIRST = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def the_same_numbers_in_any_order() -> None:
    RNG.bit_generator.state = FIRST


def series(key: str, value: np.ndarray, start: np.ndarray | None = None) -> Series:
    start = np.sort(RNG.uniform(0, 60, len(value))) if start is None else start
    zeros, nothing = np.zeros(len(value), np.uint16), np.full(len(value), np.nan, np.float32)
    return Series(key, "ms", ORIGIN + 10 + start, value.astype(np.float32), nothing, zeros, zeros, ("",))


def about(value: float, count: int = 300, spread: float = 0.02) -> np.ndarray:
    return value * RNG.lognormal(0, spread, count)


def told(made: dict[str, Series], id: str, key: str, probes: dict[str, Any] | None = None, **more: Any) -> Finding:
    """The one finding of a run of these series in which `id` failed by `key`."""
    run = info(deployment=DEPLOYMENT, probes=probes or {})
    verdict = Verdict(id, id, "fail", "ms", "", value=1e4, row=key, phase="steady")
    rows = row_summary.rows(made, run.phases)
    (one,) = explain(gather(run, rows, made, (verdict,), REQUIREMENTS, **more))
    assert one.about == (id,) and one.kind == "time" and sum(one.shares.values()) == pytest.approx(100, abs=0.5)
    return one


def rest(outside: np.ndarray, process: np.ndarray | None, key: str = "GET /api/channels") -> dict[str, Series]:
    """Requests that took `process` ms in the application and `outside` on the way and in front of it."""
    start = np.sort(RNG.uniform(0, 60, len(outside)))
    made = {key: series(key, outside + (0 if process is None else process), start)}
    if process is not None:
        made[f"COUNT process time {key}"] = series(f"COUNT process time {key}", process, start)
    return made | {"CHAT ping": series("CHAT ping", about(1.0))}


def test_time_in_the_handler_is_the_application_s() -> None:
    one = told(rest(about(2.0), about(298.0)), "api_p50", "GET /api/channels")
    assert (
        one.shares["application"] == pytest.approx(99.3, abs=0.3) and "application" in one.text and "99 %" in one.text
    )


def test_no_part_of_the_time_is_missing() -> None:
    """The document has shares only; `DETAILS.md` has the times, which sum up to the whole."""
    split = told(rest(about(2.0), about(298.0)), "api_p50", "GET /api/channels").split
    assert re.fullmatch(
        r"Where the time went \(estimated from the samples around the median\): the application took 99 %, "
        r"the rest below 1 %\.",
        split.ranges,
    )
    whole, *parts = (float(one) for one in re.findall(r"([\d.]+) ms", split.times))
    assert len(parts) == 2 and sum(parts) == pytest.approx(whole, abs=0.6)


@pytest.mark.parametrize(
    ("percent", "named", "text"),
    [
        (0.2, [(97, 93, 100), (3, 0, 7)], "below 1 %"),
        (0.1, [(99.9, 96, 100)], "0 to 4 %"),  # 96 % and “below 1 %” would leave 3 % unsaid
        (0.6, [(99.4, 99.2, 99.6)], "below 1 %"),
        (3.0, [(90, 89.8, 90.2), (7, 6.9, 7.1)], "3 %"),
    ],
)
def test_the_rest_leaves_no_share_unsaid(percent: float, named: list[tuple[float, float, float]], text: str) -> None:
    assert rest_text(percent, [TimeShare(*one) for one in named]) == text


def test_the_tail_is_split_by_the_requests_of_the_tail() -> None:
    """Every tenth call sleeps 2 s in its handler; the mean would blame the network, which is 30 ms of all others."""
    process = np.where(np.arange(300) % 10 == 0, 2000.0, 1.0)
    one = told(rest(about(30.0), process), "api_p95", "GET /api/channels")
    assert one.shares["application"] > 97
    assert told(rest(about(30.0), process), "api_p50", "GET /api/channels").shares["network and queue"] > 90


def held_back(count: int, least: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """(starts, times in ms) of operations in a loop that is blocked for 450 of 500 ms and then releases all at once."""
    start = np.sort(RNG.uniform(0, 60, count))
    into = start % 0.5
    return start, least + np.where(into < 0.45, (0.45 - into) * 1000, 0.0)


def test_time_outside_the_handler_is_the_loop_s_as_far_as_pings_waited() -> None:
    pings, ping = held_back(400)
    made = rest(about(450.0), about(2.0)) | {"CHAT ping": series("CHAT ping", ping, pings)}
    one = told(made, "api_p50", "GET /api/channels")
    waited = float(np.quantile(ping, 0.5)) - 1
    assert one.shares["event loop"] == pytest.approx(100 * waited / 452, abs=3)
    assert one.shares["network and queue"] == pytest.approx(100 * (450 - waited) / 452, abs=3)


def test_a_wait_is_the_loop_s_only_where_the_pattern_of_a_blocked_loop_is_found() -> None:
    """The same times, let go together, at random, and too few to tell: one estimate decides the share and the pattern."""
    pings, ping = held_back(400)
    random = series("CHAT ping", ping, np.sort(RNG.uniform(0, 60, 400)))
    for made, part, answer in (
        (series("CHAT ping", ping, pings), "event loop", "found"),
        (random, "network and queue", "not found"),
        (series("CHAT ping", ping[:12], pings[:12]), "event loop or network", "not checked"),
    ):
        one = told({"CHAT ping": made}, "websocket_latency_p95", "CHAT ping")
        assert max(one.shares, key=lambda name: one.shares[name]) == part and f": the {part} took " in one.text
        run = info(deployment=DEPLOYMENT, has=("chat",))
        patterns = diagnosis(
            gather(run, row_summary.rows({"CHAT ping": made}, run.phases), {"CHAT ping": made})
        ).patterns
        assert next(one.answer for one in patterns if one.id == "loop_blocked") == answer


def test_a_share_says_how_uncertain_it_is() -> None:
    """Ten runs of one backend: their ranges hold its true share, 75 %, nine times or more, and are no wider than they must be."""
    held = 0
    for _ in range(10):
        start = np.sort(RNG.uniform(0, 60, 200))
        first = 800 * RNG.lognormal(0, 0.4, 200)
        provider = 200 * RNG.lognormal(0, 0.4, 40)
        made = {"CHAT first token": series("CHAT first token", first, start),
                "PROBE anthropic first text": series("PROBE anthropic first text", provider)}  # fmt: skip
        run = info(deployment=DEPLOYMENT)
        found = estimate(
            gather(run, row_summary.rows(made, run.phases), made), "CHAT first token", "mean", run.phases[1]
        )
        assert found is not None
        share = found.shares["application"]
        held += share.low <= 75 <= share.high
        assert 2 < share.high - share.low < 15 and " to " in share.text
    assert held >= 8


def test_two_parts_that_may_be_as_large_are_both_named() -> None:
    start = np.sort(RNG.uniform(0, 60, 200))
    made = {"CHAT first token": series("CHAT first token", 1000 * RNG.lognormal(0, 0.5, 200), start),
            "PROBE anthropic first text": series("PROBE anthropic first text", 500 * RNG.lognormal(0, 0.5, 40))}  # fmt: skip
    assert " perhaps as much (" in told(made, "ttfb_mean", "CHAT first token").text


def test_the_database_s_part_is_what_its_query_takes_beside_the_load() -> None:
    key = "GET /api/channels/{id}/messages"
    made = rest(about(1.0), about(300.0), key) | {
        "PROBE message page query": series("PROBE message page query", about(240.0))
    }
    one = told(made, "api_p50", key)
    assert one.shares["database"] == pytest.approx(80, abs=2) and one.area == "Database"


def test_the_cache_s_part_is_a_round_trip_of_redis() -> None:
    made = rest(about(1.0), about(60.0)) | {"PROBE cache GET": series("PROBE cache GET", about(45.0))}
    assert told(made, "api_p50", "GET /api/channels").shares["cache"] == pytest.approx(74, abs=2)


def test_without_the_header_application_and_network_cannot_be_distinguished() -> None:
    one = told(rest(about(300.0), None), "api_p50", "GET /api/channels")
    assert one.shares["application or network"] > 95 and "X-Process-Time" in one.advice


def test_late_pings_waited_for_the_loop_and_a_late_generator_takes_its_own_part() -> None:
    pings, ping = held_back(400)
    made = {"CHAT ping": series("CHAT ping", ping, pings)}
    assert told(made, "websocket_latency_p95", "CHAT ping").shares["event loop"] > 95
    late = made | {"GAUGE loop lag": series("GAUGE loop lag", about(320.0, 1200))}
    one = told(late, "websocket_latency_p95", "CHAT ping")
    assert one.shares["the generator"] > 65 and "WORKERS" in one.advice


def test_an_echo_holds_the_insert() -> None:
    made = {"CHAT ping": series("CHAT ping", about(2.0)), "CHAT echo": series("CHAT echo", about(200.0))}
    statement = {"query": "INSERT INTO messages (channel_id) VALUES ($1)", "calls": 9, "mean_ms": 150.0}
    one = told(made, "websocket_latency_p95", "CHAT echo", {"after": {"postgres": {"statements": [statement]}}})
    assert max(one.shares, key=lambda part: one.shares[part]) == "database" and one.shares["application"] > 15


def turns(first: float, provider: float, gap: float, providers_gap: float, chunks: int = 40) -> dict[str, Series]:
    start = np.sort(RNG.uniform(0, 60, 200))
    whole = about(first, 200, 0.01) + (chunks - 1) * gap
    return {
        "CHAT agent turn": series("CHAT agent turn", whole, start), "CHAT ping": series("CHAT ping", about(1.0)),
        "CHAT first token": series("CHAT first token", about(first, 200, 0.01), start),
        "CHAT echo": series("CHAT echo", about(5.0, 200), start), "CHAT chunk gap": series("CHAT chunk gap", about(gap, 4000)),
        "PROBE anthropic first text": series("PROBE anthropic first text", about(provider, 40)),
        "PROBE anthropic gap": series("PROBE anthropic gap", about(providers_gap, 400)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("id", "key", "made", "part", "share"),
    [
        ("ttfb_mean", "CHAT first token", turns(800, 780, 20, 20), "provider", 97.5),
        ("ttfb_mean", "CHAT first token", turns(800, 200, 20, 20), "application", 75),
        ("inter_chunk_mean", "CHAT chunk gap", turns(250, 240, 130, 128), "provider", 98),
        ("inter_chunk_mean", "CHAT chunk gap", turns(250, 240, 130, 20), "application", 85),
        ("agent_response_p95", "CHAT agent turn", turns(250, 240, 100, 99), "provider", 98.5),
        ("agent_response_p95", "CHAT agent turn", turns(250, 240, 100, 20), "application", 75),
        ("agent_response_p95", "CHAT agent turn", turns(4000, 240, 20, 20), "application", 78),
    ],
)
def test_a_turn_s_time_is_the_provider_s_as_far_as_it_takes_it_alone(
    id: str, key: str, made: dict[str, Series], part: str, share: float
) -> None:
    one = told(made, id, key)
    assert one.shares[part] == pytest.approx(share, abs=2.5) and f": the {part} took " in one.text


def test_a_provider_that_was_not_timed_directly_is_neither_blamed_nor_ruled_out() -> None:
    made = {key: one for key, one in turns(800, 780, 130, 128).items() if not key.startswith("PROBE")}
    one = told(made, "ttfb_mean", "CHAT first token")
    assert one.shares["application or provider"] > 98 and "--model" in one.advice
    assert told(made, "inter_chunk_mean", "CHAT chunk gap").shares["application or provider"] > 99


def test_the_time_of_a_probe_belongs_to_its_server() -> None:
    made = {"PROBE agent list query": series("PROBE agent list query", about(150.0))}
    assert told(made, "db_query_p95", "PROBE agent list query").shares["database"] > 98
    made = {"PROBE cache GET": series("PROBE cache GET", about(25.0))}
    assert told(made, "cache_ops_mean", "PROBE cache GET").shares["cache"] > 90


def test_what_passed_but_is_worse_than_before_is_explained_too() -> None:
    run, made = info(deployment=DEPLOYMENT), rest(about(2.0), about(98.0))
    verdict = Verdict("api_p50", "API", "pass", "ms", "", value=100.0, row="GET /api/channels", phase="steady")
    parts = (run, row_summary.rows(made, run.phases), made, (verdict,), REQUIREMENTS)
    assert list(explain(gather(*parts))) == []
    assert [one.id for one in explain(gather(*parts, worse=frozenset({"api_p50"})))] == ["time_api_p50"]


def test_what_failed_by_errors_or_has_too_few_samples_is_not_split() -> None:
    made = rest(about(2.0, 4), about(298.0, 4))
    run = info(deployment=DEPLOYMENT)
    few = Verdict("api_p50", "API", "fail", "ms", "", value=300.0, row="GET /api/channels", phase="steady")
    errors = Verdict("api_p95", "API", "fail", "ms", "", value=None, row="GET /api/channels", phase="steady")
    assert list(explain(gather(run, row_summary.rows(made, run.phases), made, (few, errors), REQUIREMENTS))) == []


def test_every_part_says_what_to_do() -> None:
    assert all((part.advice or name == DATABASE) and part.area for name, part in PARTS.items())


def test_a_step_that_failed_beyond_what_is_judged_is_explained_where_it_stands() -> None:
    made = turns(4000, 240, 20, 20)
    phases = (
        Phase("expected 50", ORIGIN, ORIGIN + 10, 50, True, STEADY),
        Phase("step 200", ORIGIN + 10, ORIGIN + 70, 200, False, BEYOND),
    )
    run = info(users=200, deployment=DEPLOYMENT, phases=phases)
    rows = row_summary.rows(made, run.phases)
    calm, beyond = explained(REQUIREMENTS, run, rows, made, steps(REQUIREMENTS, run, made))
    assert (calm.went, len(beyond.went)) == ((), 2)
    assert all(": the application took " in text and "sked directly, anthropic took " in text for text in beyond.went)
    advice = PARTS["application"].advice
    assert [advice in text for text in beyond.went] == [True, False]  # once


def test_a_provider_timed_only_with_fewer_users_is_a_hint_and_no_share() -> None:
    made = turns(4000, 240, 20, 20)
    early = {key: replace(one, start=one.start - 70) if key.startswith("PROBE") else one for key, one in made.items()}
    phases = (
        Phase("expected 50", ORIGIN - 60, ORIGIN + 10, 50, True, STEADY),
        Phase("step 200", ORIGIN + 10, ORIGIN + 70, 200, False, BEYOND),
    )
    run = info(users=200, deployment=DEPLOYMENT, phases=phases)
    held = explained(REQUIREMENTS, run, row_summary.rows(early, run.phases), early, steps(REQUIREMENTS, run, early))
    said = held[1].went[0]
    assert ": the application or provider took " in said and "--model" not in said
    hint = re.search(r"nthropic was not timed alone with so many users; in other phases it took (\d+) ms", said)
    assert hint is not None and 235 <= int(hint[1]) <= 245


@pytest.mark.parametrize(("fewest", "told"), [("fail", ["step 2: 50"]), ("pass", ["step 1: 100"])])
def test_of_a_search_the_fewest_users_that_failed_are_explained(fewest: str, told: list[str]) -> None:
    made = turns(4000, 240, 20, 20)
    phases = (
        Phase("step 1: 100", ORIGIN + 10, ORIGIN + 40, 100, False, STEP),
        Phase("step 2: 50", ORIGIN + 40, ORIGIN + 70, 50, True, STEP),
    )
    run = info(users=100, deployment=DEPLOYMENT, phases=phases)
    rows, held = row_summary.rows(made, run.phases), steps(REQUIREMENTS, run, made)
    assert [step.state for step in held] == ["fail", "fail"]
    held = (held[0], replace(held[1], state=fewest))
    assert [step.name for step in explained(REQUIREMENTS, run, rows, made, held) if step.went] == told

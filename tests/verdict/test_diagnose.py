"""Each pattern is found after its fault, and none in a healthy run."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reznet_load.core.deployment import DeploymentFacts
from reznet_load.core.finding import PatternCheck
from reznet_load.core.measured.measurement import Row
from reznet_load.core.nfr import load_requirements
from reznet_load.core.run import Caution, Verdict
from reznet_load.core.system.resources import resource
from reznet_load.drive.selftest.cases import CASES
from reznet_load.target.faults.names import FAULTS
from reznet_load.verdict.diagnosis.diagnose import RULES, diagnose, diagnosis
from reznet_load.verdict.diagnosis.evidence import Evidence, gather
from reznet_load.verdict.samples import Series
from tests.builders import ORIGIN, info

PAGE = "SELECT id, content FROM messages WHERE channel_id = $1 ORDER BY created_at DESC LIMIT $2"
GOOD: dict[str, Any] = {
    "before": {"postgres": {"indexes_missing": []}, "redis": {"version": "Valkey 9"}},
    "after": {
        "postgres": {
            "plans": {"agent list": {"rows_read": 5, "rows_returned": 5.0}},
            "statements": [{"query": PAGE, "calls": 120, "mean_ms": 1.0}],
        },
        "redis": {
            "lifetimes": [{"key": "agents", "stated": 1800, "seen": 1799}],
            "invalidation": [{"what": "one", "key": "k", "gone": True, "fresh": True, "ttl": 3599, "stated": 3600}],
        },
    },
}  # fmt: skip
DEPLOYMENT = DeploymentFacts(provider="anthropic", simulated=True, agents=("backend", "qa", "frontend"))


def row(key: str, mean: float, unit: str = "%", count: int = 100, **more: Any) -> Row:
    return Row(key=key, phase="steady", unit=unit, count=count, mean=mean, p50=mean, p95=mean, maximum=mean, **more)


ROWS = {
    one.key: one
    for one in (
        row("PROBE agent list without query", 100.0), row("PROBE cache read", 95.0, count=300),
        row("GAUGE database connections", 12, "connections"), row("GAUGE database idle in transaction", 0, "connections"),
        row("GAUGE target cpu", 35.0), row("GAUGE compression negotiated", 100.0),
        row("CHAT agent turn", 1050.0, "ms", 200), row("CHAT first token", 260.0, "ms", 200),
        row("CHAT chunk gap", 20.0, "ms", 8000), row("COUNT reply chunks", 40, "chunks", 200),
        row("CHAT echo", 3.0, "ms", 500), row("CHAT ping", 1.0, "ms", 300),
        row("PROBE anthropic first text", 250.0, "ms", 40), row("PROBE anthropic first byte", 3.0, "ms", 40),
        row("PROBE anthropic gap", 20.0, "ms", 1600), row("PROBE anthropic reply", 1040.0, "ms", 40),
        row("COUNT query count GET /api/channels/{id}/messages", 1.0, "statements", 110),
    )
}  # fmt: skip


def series(key: str, start: np.ndarray, value: np.ndarray, unit: str = "ms") -> Series:
    zeros = np.zeros(len(start), np.uint16)
    nothing = np.full(len(start), np.nan, np.float32)
    return Series(key, unit, ORIGIN + 10 + start, value.astype(np.float32), nothing, zeros, zeros, ("",))


def events(a_second: float) -> Series:
    """Events received by the one process of a run of 60 s, each second."""
    return series("GAUGE events received", np.arange(60) + 0.5, np.full(60, a_second), "count")


def answers(rng: np.random.Generator, blocked: bool = False, jitter: float = 0.0) -> dict[str, Series]:
    """Pings, echoes and REST calls of 60 s: on a loop that is blocked for 250 of 600 ms, or on a bad line."""
    found = {}
    for key, count in (("CHAT ping", 300), ("CHAT echo", 500), ("GET /health", 330), ("GET /api/agents", 330)):
        start = np.sort(rng.uniform(0, 60, count))
        value = rng.lognormal(np.log(1.5), 0.3, count)
        if blocked:
            into = start % 0.6
            value += np.where(into < 0.25, (0.25 - into) * 1000, 0.0)
        value += np.where(rng.random(count) < 0.3, rng.exponential(jitter, count) + 40, 0.0) if jitter else 0.0
        found[key] = series(key, start, value)
    return found


_WHEN, _SPREAD = np.sort(np.random.default_rng(8).uniform(0, 60, 40)), np.random.default_rng(9).lognormal(0, 0.1, 40)
PROVIDERS = {
    key: series(key, _WHEN, value * _SPREAD)
    for key, value in (
        ("PROBE anthropic first text", 250.0), ("PROBE anthropic gap", 20.0), ("PROBE anthropic reply", 1040.0),
        ("CHAT first token", 260.0), ("CHAT chunk gap", 20.0), ("CHAT agent turn", 1050.0),
    )
}  # fmt: skip
HEALTHY_SERIES = (
    PROVIDERS
    | answers(np.random.default_rng(1))
    | {
        "GAUGE events received": events((200 * 46 + 2 * 500 + 300) / 60),
        "GAUGE loop lag": series("GAUGE loop lag", np.linspace(0, 59.9, 1200), np.full(1200, 0.5)),
    }
)


def healthy(**changes: Any) -> Evidence:
    """Evidence of a good run, `rows` and `series` laid over it, the rest into what is known of the run."""
    rows, more = ROWS | changes.pop("rows", {}), HEALTHY_SERIES | changes.pop("series", {})
    rows = {key: one for key, one in rows.items() if one is not None}
    return gather(info(**({"probes": GOOD, "deployment": DEPLOYMENT} | changes)), tuple(rows.values()), more)


def changed(*path: object, value: object) -> dict[str, Any]:
    """GOOD with the value at `path` another."""
    facts = copy.deepcopy(GOOD)
    place: Any = facts
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return facts


def found(evidence: Evidence) -> list[str]:
    return [finding.id for finding in diagnose(evidence)]


def test_a_healthy_run_has_no_finding() -> None:
    assert diagnose(healthy()) == () and diagnose(gather(info(), ())) == ()


@pytest.mark.parametrize(
    ("facts", "id", "named"),
    [
        (changed("before", "postgres", "indexes_missing", value=["idx_a"]), "missing_index", "idx_a"),
        (changed("after", "redis", "lifetimes", 0, "seen", value=-1), "wrong_lifetime", "without a TTL"),
        (changed("after", "redis", "lifetimes", 0, "seen", value=7200), "wrong_lifetime", "7200 s"),
        (changed("after", "redis", "invalidation", 0, "ttl", value=60), "wrong_lifetime", "lives 60 s"),
        (changed("after", "redis", "invalidation", 0, "gone", value=False), "no_invalidation", "k"),
        (changed("after", "redis", "invalidation", 0, "fresh", value=False), "no_invalidation", "k"),
    ],
)
def test_what_a_probe_found_is_named(facts: dict, id: str, named: str) -> None:
    (one,) = diagnose(healthy(probes=facts))
    assert one.id == id and named in one.text + one.evidence


UNCACHED = {"PROBE agent list without query": row("PROBE agent list without query", 3.0)}
IDLE = {"GAUGE database idle in transaction": row("GAUGE database idle in transaction", 11, "connections")}
RESTING = {"GAUGE target cpu": row("GAUGE target cpu", 3.0)}
ZERO = {
    "COUNT query count GET /api/channels/{id}/messages": row("COUNT query count GET /api/channels/{id}/messages", 0.0)
}
BUSY = "busy: the agent answers somebody else, no reply will come"


def turns(count: int, failures: int, text: str) -> dict[str, Row]:
    return {"CHAT agent turn": row("CHAT agent turn", 1050.0, "ms", count, failures=failures, errors={text: failures})}


@pytest.mark.parametrize(
    ("rows", "id", "named"),
    [
        (UNCACHED | {"PROBE cache read": None}, "cache_bypassed", "no read at all"),
        (UNCACHED | {"PROBE cache read": row("PROBE cache read", 5.0, count=300)}, "cold_cache", "300 reads 5 %"),
        (IDLE | RESTING, "pool_exhausted", "92 % of 12"),
        (turns(150, 50, BUSY), "agents_one_at_a_time", "14 users asked 3 agents"),
        (turns(150, 30, "error: x (rate limited)"), "provider_limiting", "30 of 180"),
        (turns(150, 30, "error: x (overloaded)"), "provider_limiting", "30 of 180 questions were refused (30 × overloaded)."),
        (turns(150, 30, "HTTP 503"), "provider_limiting", "30 of 180 questions were refused (30 × HTTP 503)."),
        ({"GAUGE compression negotiated": row("GAUGE compression negotiated", 0.0)}, "compression_off", "0 %"),
        (ZERO, "instrument_lies", "120 message pages"),
    ],
)  # fmt: skip
def test_what_the_rows_show_is_named(rows: dict[str, Row | None], id: str, named: str) -> None:
    (one,) = diagnose(healthy(rows=rows))
    assert one.id == id and named in one.evidence


@pytest.mark.parametrize(
    "rows",
    [
        IDLE,  # the backend computes: its transactions are at work
        turns(9000, 5, BUSY), turns(30, 2, BUSY),  # too few to be a pattern
        turns(150, 30, "silence: no first token in time"),
        UNCACHED | {"PROBE agent list without query": row("PROBE agent list without query", 3.0, count=8)},
        # one message page in a hundred asks PostgreSQL: a cache of the backend's own
        {"COUNT query count GET /api/channels/{id}/messages": row("COUNT query count GET …", 0.0, count=1000)},
    ],
)  # fmt: skip
def test_a_symptom_alone_is_no_finding(rows: dict[str, Row]) -> None:
    assert found(healthy(rows=rows)) == []


def slow(alone: float, users: float, spread: float = 0.02, seed: int = 5) -> dict[str, Series]:
    """First tokens of users, and the provider's alone, in ms: medians with a log-sd."""
    rng = np.random.default_rng(seed)
    return {
        key: series(key, np.sort(rng.uniform(0, 60, count)), rng.lognormal(np.log(value), spread, count))
        for key, count, value in (("PROBE anthropic first text", 40, alone), ("CHAT first token", 200, users))
    }


@pytest.mark.parametrize(
    ("alone", "users", "expected"),
    [
        (800, 815, "found"),
        (250, 900, "not found"),  # the provider is as fast as ever, the backend makes it late
        (600, 2900, "not found"),  # slow alone, but users were far slower still: most of it is not the provider's
        (250, 260, "not found"),
    ],
)
def test_a_provider_is_slow_where_it_is_both_slow_alone_and_most_of_what_users_wait_for(
    alone: float, users: float, expected: str
) -> None:
    told = healthy(series=slow(alone, users), has=("rest", "chat", "agent", "providers"))
    assert answer(told, "provider_slow").answer == expected
    if expected == "found":
        (one,) = diagnose(told)
        assert "the provider took 8" in one.evidence and one.about == ("ttfb_mean",)


def answer(evidence: Evidence, id: str) -> PatternCheck:
    return next(one for one in diagnosis(evidence).patterns if one.id == id)


def test_a_share_on_the_threshold_is_rarely_decided_either_way() -> None:
    """At exactly half of the users' time, where a point estimate finds it in one run of two and clears it in the next."""
    told = [healthy(series=slow(700, 1400, 0.5, seed), has=("agent", "providers")) for seed in range(100)]
    answers_ = Counter(answer(one, "provider_slow").answer for one in told)
    assert answers_["found"] <= 10 and answers_["not found"] <= 10, answers_
    assert "decisive from 50 %" in next(
        one.why for one in (answer(t, "provider_slow") for t in told) if one.answer == "not checked"
    )


def test_too_few_questions_do_not_rule_out_a_slow_provider() -> None:
    """Four replies alone decide nothing, and first texts and gaps that are quick say nothing of whole replies."""
    made = slow(250, 260)
    rng = np.random.default_rng(5)
    for key, count in (("PROBE anthropic reply", 4), ("CHAT agent turn", 60)):
        made[key] = series(key, np.sort(rng.uniform(0, 60, count)), rng.lognormal(np.log(4500), 0.1, count))
    made["CHAT first token"] = series("CHAT first token", np.sort(rng.uniform(0, 60, 60)), np.full(60, 260.0))
    told = healthy(series=made, has=("agent", "providers"))
    seen = answer(told, "provider_slow")
    assert seen.answer == "not checked" and "reply alone was timed fewer than 5 times" in seen.why, seen


def test_no_pattern_is_ruled_out_without_its_data() -> None:
    everything = ("rest", "chat", "agent", "postgres", "redis", "providers")
    clear = {one.id: one.answer for one in diagnosis(healthy(has=everything)).patterns}
    assert set(clear.values()) == {"not found"} and len(clear) == len(RULES)
    for told, id, why in (
        (healthy(has=("rest",)), "pool_exhausted", "DATABASE_URL"),
        (
            healthy(has=everything, series={"CHAT ping": series("CHAT ping", np.arange(3.0), np.ones(3))}),
            "loop_blocked",
            "3 pings",
        ),
        (healthy(has=everything, rows={"PROBE agent list without query": None}), "cache_bypassed", "no agent lists"),
        (
            healthy(has=everything, probes=changed("after", "redis", "invalidation", value=[])),
            "no_invalidation",
            "not tried",
        ),
        (healthy(has=everything, rows={"GAUGE database idle in transaction": None}), "pool_exhausted", "were not read"),
        (healthy(has=everything, deployment=DeploymentFacts()), "provider_slow", "does not say which provider"),
        (gather(info(), ()), "fan_out", "no samples"),
    ):
        found_ = answer(told, id)
        assert found_.answer == "not checked" and why in found_.why, (id, found_)


def test_hidden_sessions_are_named_with_the_right_that_is_missing() -> None:
    row_ = "GAUGE database idle in transaction"
    hidden = changed("after", "postgres", "hidden", value={row_: "GRANT pg_read_all_stats TO reader"})
    told = healthy(has=("rest", "chat", "agent", "postgres"), probes=hidden, rows={row_: None})
    assert "pg_read_all_stats" in answer(told, "pool_exhausted").why


def test_no_pattern_is_ruled_out_for_a_frozen_backend() -> None:
    """After 20 s no operation ended; what was asked was cut off 8 s after the end."""
    stuck = {}
    for key, one in HEALTHY_SERIES.items():
        if key.startswith(("CHAT", "GET")):
            late = one.start > ORIGIN + 30
            value = np.where(late, 30_000.0, one.value).astype(np.float32)
            stuck[key] = replace(
                one, value=value, error=late.astype(np.uint16), texts=("", "time-out: no answer in time")
            )
    told = healthy(has=("rest", "chat", "agent", "postgres", "redis", "providers"), series=stuck)
    patterns = diagnosis(told).patterns
    assert {one.answer for one in patterns} == {"not checked"}
    assert "the backend answered nothing for 39 s" in answer(told, "missing_index").why


def test_a_blocked_loop_is_recognised_by_answers_released_together() -> None:
    (one,) = diagnose(healthy(series=answers(np.random.default_rng(2), blocked=True)))
    assert one.id == "loop_blocked" and "the backend used 35 % of a core" in one.evidence
    assert found(healthy(series=answers(np.random.default_rng(3), jitter=150.0))) == []  # a bad line is as late
    late = series("GAUGE loop lag", np.linspace(0, 59.9, 1200), np.full(1200, 80.0))
    mine = answers(np.random.default_rng(2), blocked=True) | {"GAUGE loop lag": late}
    assert found(healthy(series=mine)) == []  # the generator's own doing


@pytest.mark.parametrize(("times", "expected"), [(1.0, []), (3.0, []), (50.0, ["fan_out"])])
def test_fan_out_is_what_a_user_receives_of_others(times: float, expected: list[str]) -> None:
    own = (200 * 46 + 2 * 500 + 300) / 60
    assert found(healthy(series={"GAUGE events received": events(own * times)})) == expected


def test_fan_out_counts_what_failed_turns_received() -> None:
    """46 users, delivery to everybody, four of five turns broken off after their chunks: 46 times, not 215."""
    turns_ = turns(200, 800, "error in stream: the last chunk carried an error")
    own = row("COUNT events of a turn", 45.0, "count", 1000)
    rows = turns_ | {own.key: own, "CHAT echo": row("CHAT echo", 3.0, "ms", 1300)}
    total = (1000 * 45 + 2 * 300 + 300) * 46 / 60
    told = gather(
        info(users=46, probes=GOOD, deployment=DEPLOYMENT), tuple((ROWS | rows).values()),
        HEALTHY_SERIES | {"GAUGE events received": events(total)},
    )  # fmt: skip
    (one,) = [one for one in diagnose(told) if one.id == "fan_out"]
    assert ", 46 times more than it needed" in one.evidence


@pytest.mark.parametrize(
    ("text", "explained"),
    [
        ("error in stream: the last chunk carried an error", []),
        ("silence: no first token in time", ["fan_out"]),
        ("busy: the agent answers somebody else, no reply will come", ["agents_one_at_a_time"]),
    ],
)
def test_a_finding_explains_errors_only_where_it_causes_them(text: str, explained: list[str]) -> None:
    nfrs = {nfr.id: nfr for nfr in load_requirements(resource("nfr.toml")).nfrs}
    own = (150 * 46 + 2 * 500 + 300) / 60
    told = healthy(rows=turns(150, 50, text), series={"GAUGE events received": events(own * 50)})
    failed = Verdict("agent_response_p95", "x", "fail", "ms", "", value=None, row="CHAT agent turn", phase="steady")
    told = replace(told, verdicts=(failed,), nfrs=nfrs)
    told.rows["COUNT events of a turn"] = row("COUNT events of a turn", 34.0, "count", 200)
    patterns = [one for one in diagnose(told) if one.kind == "pattern"]
    assert [one.id for one in patterns if "agent_response_p95" in one.about] == explained
    assert "fan_out" in [one.id for one in patterns]  # it is there, whatever it explains


def test_an_index_of_another_table_explains_no_slow_query() -> None:
    nfrs = {nfr.id: nfr for nfr in load_requirements(resource("nfr.toml")).nfrs}
    for index, about in (
        ("idx_messages_channel_id", ("db_query_p95", "api_p95", "api_p50")),
        ("idx_agents_name", ("api_p95", "api_p50")),
    ):
        slow_page = failing("db_query_p95", 300.0, "PROBE message page query")
        told = replace(
            healthy(probes=changed("before", "postgres", "indexes_missing", value=[index])),
            verdicts=(slow_page,),
            nfrs=nfrs,
        )
        (one,) = [one for one in diagnose(told) if one.kind == "pattern"]
        assert one.about == about


def test_a_lost_redis_is_named() -> None:
    assert found(healthy(cautions=(Caution("probe_lost_redis", "Redis went away", "look"),))) == ["redis_lost"]


def test_compression_that_was_not_offered_is_no_finding() -> None:
    off = {"GAUGE compression negotiated": row("GAUGE compression negotiated", 0.0)}
    assert found(healthy(rows=off, deployment=replace(DEPLOYMENT, compression=False))) == []


def failing(id: str, value: float, key: str = "") -> Verdict:
    return Verdict(id, id, "fail", "ms", "", value=value, row=key, phase="steady")


def test_the_most_costly_comes_first() -> None:
    nfrs = load_requirements(resource("nfr.toml"))
    rows = turns(150, 30, "error: x (rate limited)") | {
        "GAUGE compression negotiated": row("GAUGE compression negotiated", 0.0),
    }
    verdicts = (replace(failing("error_rate", 16.7), unit="%"), failing("ttfb_mean", 1000.0))
    judged = replace(
        healthy(rows=rows, series=slow(800, 1000)), verdicts=verdicts, nfrs={nfr.id: nfr for nfr in nfrs.nfrs}
    )
    costs = {one.id: one.cost for one in diagnose(judged)}
    assert list(costs) == ["provider_limiting", "provider_slow", "compression_off"]
    assert costs == {"provider_limiting": 3.34, "provider_slow": pytest.approx(1.6, abs=0.05), "compression_off": 0.0}


def test_an_exhausted_pool_explains_slow_replies_of_any_chat_backend() -> None:
    nfrs = {nfr.id: nfr for nfr in load_requirements(resource("nfr.chat.toml")).nfrs}
    failed = Verdict("turn_p95", "x", "fail", "ms", "", value=20_000.0, row="CHAT agent turn", phase="steady")
    told = healthy(rows=IDLE | RESTING, has=("agent", "postgres"), deployment=DeploymentFacts("openai"))
    (one,) = [one for one in diagnose(replace(told, verdicts=(failed,), nfrs=nfrs)) if one.id == "pool_exhausted"]
    assert {"turn_p95", "first_token_p95"} <= set(one.about)  # and no kind of user that such a backend lacks is wanted


def proven(rule: str) -> list[Any]:
    return [case for case in CASES if rule in case.findings]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_data_and_has_a_fault_of_the_target_that_proves_it(rule: Any) -> None:
    assert rule.text and rule.evidence and rule.advice and rule.area in ("Database", "Caching", "LLM", "Infrastructure")
    shipped = [load_requirements(resource(name)).nfrs for name in ("nfr.toml", "nfr.chat.toml")]
    assert set(rule.about) <= {nfr.id for nfrs in shipped for nfr in nfrs}
    name = rule.fault.removeprefix("--fault ")
    assert name in FAULTS or not rule.fault.startswith("--fault")
    assert any(rule.fault in case.target for case in proven(rule.id)), f"no selftest case runs {rule.fault}"


def test_rules_have_ids_of_their_own() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) and not [
        rule for rule in RULES if rule.id.startswith("time_")
    ]

"""Is it getting worse? By the number of comparable runs, by size and by noise; quiet where nothing changed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from reznet_load.core.holm import holm
from reznet_load.core.regression import Change
from reznet_load.history import regress as module
from reznet_load.history.comparable import comparable, left_out
from reznet_load.history.line import HistoryLine
from reznet_load.history.regress import RegressionFindings, regress
from tests.history.lines import history, line, requirements, with_value

QUIET = [1000.0, 1030.0, 985.0, 1010.0, 1045.0, 970.0, 1020.0, 995.0, 1005.0, 1025.0]


def of(values: list[float | None], id: str = "agent_response_p95", baseline: int | None = None) -> RegressionFindings:
    """The last of `values` against those before it."""
    lines = history(values, id)
    return regress(requirements(id), lines[-1], lines[:-1], None if baseline is None else lines[baseline])


def kinds(found: RegressionFindings) -> list[str]:
    return [one.kind for one in found.regressions]


@pytest.mark.parametrize(
    ("values", "sign", "need", "expected"),
    [
        ([2000.0], "", 2, []),
        ([1000.0, 2000.0], "", 1, []),  # one run is no past
        ([*QUIET[:2], 1190.0], "~", 3, []),  # 17 %
        ([*QUIET[:2], 1300.0], "▲", 3, ["suspect"]),
        ([*QUIET[:2], 700.0], "▼", 3, []),  # better
        ([*QUIET[:4], 1300.0], "▲", 1, ["suspect"]),
        ([*QUIET[:5], 1090.0], "~", 0, []),  # beyond the bound, but not 10 %
        ([*QUIET[:5], 1300.0], "▲", 0, ["suspect"]),
        ([*QUIET, 1300.0], "▲", 0, ["suspect"]),
        ([*QUIET, 800.0], "▼", 0, []),
        ([1000, 1500, 700, 1300, 800, 1200, 1400], "~", 0, []),  # 27 % over the median of so wild a past
        ([*QUIET, 1300.0, 1310.0], "▲", 0, ["regression"]),
        ([*QUIET, 1300.0, 1310.0, 1290.0, 1305.0], "▲", 0, ["regression"]),
        ([*QUIET, 1300.0, 1310.0, 1290.0, 1005.0], "~", 0, []),  # as good as ever: no failure of this run
        ([*QUIET, 700.0, 710.0, 705.0], "~", 0, []),  # better
        ([1300.0] * 5 + QUIET, "~", 0, []),  # was worse once
    ],
)
def test_the_comparison_depends_on_the_number_of_runs(
    values: list[float], sign: str, need: int, expected: list[str]
) -> None:
    found = of(values)
    (change,) = found.changes
    assert (change.sign, change.need, kinds(found)) == (sign, need, expected)


def test_a_suspect_run_is_not_used_as_the_past_of_its_repeat() -> None:
    lines = history([*QUIET[:6], 1300.0, 1310.0])
    assert regress(requirements("agent_response_p95"), lines[-1], lines[:-1]).regressions == ()  # a spread of its own
    lines[-2] = with_value(lines[-2], "agent_response_p95", sign="▲")
    found = regress(requirements("agent_response_p95"), lines[-1], lines[:-1])
    assert kinds(found) == ["suspect"] and found.changes[0].runs == 6
    again = history([*QUIET[:6], 1300.0, 1005.0])
    again[-2] = with_value(again[-2], "agent_response_p95", sign="▲")
    assert regress(requirements("agent_response_p95"), again[-1], again[:-1]).changes[0].sign == "~"


def test_many_unusual_runs_become_a_new_level() -> None:
    lines = history([*QUIET[:6], *[1300.0] * 12])
    lines[6:] = [with_value(one, "agent_response_p95", sign="▲") for one in lines[6:]]
    accepted = regress(requirements("agent_response_p95"), lines[-1], lines[:-1], lines[8])
    assert kinds(accepted) == [] and accepted.changes[0].sign == "~"


def test_a_regression_names_the_commit_it_began_with_and_its_size() -> None:
    (found,) = of([*QUIET, 1300.0, 1310.0, 1290.0]).regressions
    assert found.since == "c010" and found.percent == pytest.approx(29, abs=1) and found.fails
    assert found.text.startswith("Agent Response Time (p95) +2") and "regression since c010 (run run-010)" in found.text
    assert "in 3 runs since" in found.evidence and "in 10 runs before" in found.evidence


def test_without_a_commit_the_run_is_named_and_an_unchanged_one_is_said() -> None:
    lines = history([*QUIET, 1300.0, 1310.0, 1290.0])
    for commit, since in (("", "run run-010"), ("same", "same")):
        same = [replace(one, backend_commit=commit) for one in lines]
        (found,) = regress(requirements("agent_response_p95"), same[-1], same[:-1]).regressions
        assert found.since == since and ("commit is the same" in found.evidence) == bool(commit)


def test_an_advisory_requirement_fails_no_run() -> None:
    (found,) = of([*QUIET[:10], 1300.0, 1310.0, 1290.0], "backend_memory").regressions
    assert found.kind == "regression" and not found.fails


def test_higher_is_better_for_a_share() -> None:
    quiet = [80.0, 81.0, 79.5, 80.5, 80.2, 79.8, 80.9, 79.9]
    (found,) = of([*quiet, 62.0, 61.0], "cache_hit_rate").regressions
    assert found.kind == "regression" and found.percent == pytest.approx(-23.2, abs=1)
    assert of([*quiet, 99.0, 98.0], "cache_hit_rate").regressions == ()
    assert of([*quiet, 61.0], "cache_hit_rate").changes[0].sign == "▼"


def test_values_of_zero_are_compared_by_their_intervals() -> None:
    def errors(values: list[tuple[float, float, float]]) -> RegressionFindings:
        lines = [
            with_value(line(n, error_rate=value), "error_rate", low=low, high=high)
            for n, (value, low, high) in enumerate(values)
        ]
        return regress(requirements("error_rate"), lines[-1], lines[:-1])

    none, one, many = (0.0, 0.0, 0.9), (0.3, 0.01, 1.4), (4.0, 2.4, 6.0)
    assert kinds(errors([none] * 8)) == [] and kinds(errors([none] * 8 + [one])) == []
    assert kinds(errors([none] * 8 + [one, one, one])) == []
    assert kinds(errors([none] * 3 + [many])) == ["suspect"] and kinds(errors([none] * 8 + [many])) == ["suspect"]
    (found,) = errors([none] * 8 + [many, many]).regressions
    assert found.kind == "regression" and found.percent is None and "from 0" in found.text
    assert kinds(errors([many] * 8 + [none])) == []


def test_a_missing_value_is_skipped_and_not_zero() -> None:
    found = of([*QUIET[:6], None, None, *QUIET[6:], 1300.0, None, 1310.0])
    assert kinds(found) == ["regression"] and found.regressions[0].since == "c012"
    assert of([*QUIET, None]) == RegressionFindings()
    assert of([None, None, None, 1000.0]).changes == (Change("agent_response_p95", "", need=2),)


def test_a_change_that_is_tiny_compared_with_the_limit_is_ignored() -> None:
    assert of([2.0] * 10 + [2.6, 2.6, 2.6], "api_p50").regressions == ()  # 30 % of 2 ms, below 200 ms
    assert kinds(of([100.0] * 10 + [130.0, 130.0, 130.0], "api_p50")) == ["regression"]


def test_a_past_without_spread_raises_no_false_alarm() -> None:
    found = of([1000.0] * 8 + [1050.0])
    assert found.changes[0].sign == "~" and found.changes[0].percent == 5.0


def test_values_without_an_interval_prove_nothing_early() -> None:
    past = history([1000.0, 1000.0, 1500.0])
    lines = [with_value(one, "agent_response_p95", low=None, high=None) for one in past]
    assert regress(requirements("agent_response_p95"), lines[-1], lines[:-1]).regressions == ()


def test_the_baseline_says_worse_only_with_disjoint_intervals() -> None:
    found = of([1000.0, 1300.0], baseline=0)
    assert kinds(found) == ["baseline"] and found.regressions[0].since == "run-000" and not found.regressions[0].fails
    assert found.regressions[0].text == "Agent Response Time (p95) +30.0 % against the baseline run-000"
    assert kinds(of([1000.0, 1090.0], baseline=0)) == [] and kinds(of([1000.0, 700.0], baseline=0)) == []
    wide = history([1000.0, 1300.0], interval=0.2)
    assert regress(requirements(), wide[1], wide[:1], wide[0]).regressions == ()


def test_a_baseline_at_the_new_level_accepts_it_and_one_before_does_not() -> None:
    values = [*QUIET, 1300.0, 1310.0, 1290.0]
    assert kinds(of(values, baseline=9)) == ["regression", "baseline"]
    assert kinds(of(values, baseline=11)) == []
    assert kinds(of([*values, 1280.0, 1320.0, 1700.0, 1720.0, 1710.0], baseline=11)) == ["regression", "baseline"]


def test_only_like_runs_are_compared_and_the_others_are_counted() -> None:
    mine = line(9, x=1.0)
    others = [
        line(1),
        replace(line(2), users=100),
        replace(line(3), users=100),
        line(4, outcome="void"),
        replace(line(5), scenario="herd"),
        replace(line(6), fingerprint="beef", cores="8"),
        replace(line(7), mix={"rest": 50}),
        line(8, outcome="fail"),
        replace(line(8, outcome="fail"), stopped=True),
    ]
    assert [one.run for one in comparable(replace(mine, cores="2"), others)] == ["run-001", "run-008"]
    assert left_out(replace(mine, cores="2"), others) == [
        "2 × 100 users, not 50", "1 × void run", "1 × scenario herd, not load",
        "1 × another environment (number of cores 8, not 2)", "1 × another mix of users",
        "1 × stopped early run",
    ]  # fmt: skip
    assert len(comparable(line(99), [line(n) for n in range(60)])) == 29


def test_a_kind_that_an_earlier_version_did_not_know_had_no_users() -> None:
    mine = replace(line(9), mix={"rest": 24, "chat": 12, "agent": 14, "voice": 0})
    assert [one.run for one in comparable(mine, [line(1)])] == ["run-001"]
    assert left_out(replace(mine, mix={**mine.mix, "voice": 1}), [line(1)]) == ["1 × another mix of users"]


def test_holm_multiplies_the_smallest_by_all_and_keeps_the_order() -> None:
    assert holm([0.01, 0.5, 0.02]) == [0.03, 0.5, 0.04]
    assert holm([0.4, 0.4]) == [0.8, 0.8] and holm([]) == []


IDS = ("agent_response_p95", "ttfb_mean", "api_p95", "db_query_p95")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer random orders: p to 0.005, thousands of runs in a second."""
    monkeypatch.setattr(module, "last_shift", partial(module.last_shift, permutations=199))
    monkeypatch.setattr(module, "family", partial(module.family, permutations=199))


def runs(
    rng: np.random.Generator, count: int, ids: tuple[str, ...], step: float = 0, outliers: float = 0
) -> list[HistoryLine]:
    """A history of `ids` at 80 % of their limits with 5 % of noise from run to run.

    `step`: share by which the first of them is worse from the eleventh run on; `outliers`: share of runs slowed by half.
    """
    slow = np.where(rng.random(count) < outliers, 1.5, 1.0)
    values = {
        nfr.id: 0.8 * nfr.limit.value * np.exp(rng.normal(0, 0.05, count)) * slow for nfr in requirements(*ids).nfrs
    }
    values[ids[0]][10:] *= 1 + step
    return [line(number, **{id: float(found[number]) for id, found in values.items()}) for number in range(count)]


@pytest.mark.parametrize(
    ("ids", "outliers", "histories"), [(IDS[:1], 0.05, 100), (IDS[:1], 0, 50), (IDS, 0.05, 16), (IDS, 0, 10)]
)
def test_quiet_histories_give_at_most_one_false_alarm_in_a_hundred_runs(
    ids: tuple[str, ...], outliers: float, histories: int, quick: None
) -> None:
    rng, judged, failed, suspected = np.random.default_rng(7), 0, 0, 0
    for _ in range(histories):
        lines = runs(rng, 30, ids, outliers=outliers)
        for number in range(6, 30):
            found = regress(requirements(*ids), lines[number], lines[:number]).regressions
            judged, failed = judged + 1, failed + any(one.fails for one in found)
            suspected += any(one.kind == "suspect" for one in found)
    assert failed <= 0.01 * judged, (failed, judged)
    expected = (0.01 + outliers) * judged  # a run slower by half is to be run again
    assert suspected <= expected + 2 * expected**0.5, (suspected, judged)


# The permutation scan alone, with ten earlier runs, found 70 % of the steps of 10 % within 8 runs, 92 % of 20 % within 3,
# all of 50 % within 3. docs/rules/comparisons.md#levels-of-runs promises a few percent less: these are 60 histories.
@pytest.mark.parametrize(("step", "within", "share"), [(0.10, 8, 0.65), (0.20, 3, 0.9), (0.50, 3, 0.97)])
def test_a_known_step_is_found_within_the_runs_that_the_rule_needs(
    step: float, within: int, share: float, quick: None
) -> None:
    rng, seen, cases = np.random.default_rng(11), 0, 60
    for _ in range(cases):
        lines = runs(rng, 10 + within, IDS[:1], step)
        found = [regress(requirements(IDS[0]), lines[n], lines[:n]).regressions for n in range(11, 10 + within)]
        seen += any(one.fails for one in sum(found, ()))
    assert seen >= share * cases, seen


def test_among_many_requirements_a_large_step_is_found_as_soon(quick: None) -> None:
    rng, seen = np.random.default_rng(12), 0
    for _ in range(20):
        lines = runs(rng, 13, IDS, 0.5)
        found = regress(requirements(*IDS), lines[-1], lines[:-1]).regressions
        seen += [one.id for one in found if one.fails] == [IDS[0]]
    assert seen >= 18, seen

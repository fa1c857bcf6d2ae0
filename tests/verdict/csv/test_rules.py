"""What Locust's figures prove: every statistic on both sides of its limit, and never more than the figures support."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reznet_load.cli import main
from reznet_load.core.run import Verdict
from reznet_load.result.judged import judge_paths
from reznet_load.result.locust import stats
from reznet_load.result.locust.text import decode
from reznet_load.verdict.csv.bounds import lower_rank, mean_bounds, quantile_bounds, upper_rank
from reznet_load.verdict.csv.rounding import reach_down, reach_up
from reznet_load.verdict.csv.table import Table
from tests.result.locust.made import BOTH, FAST, HEADER, SLOW, block, judged, said, write

LEVELS = np.array([0.5, 0.66, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0])


def verdict(folder: Path, nfr: str, text: str = BOTH) -> Verdict:
    return judged(write(folder, text, nfr=nfr)).verdicts[0]


@pytest.mark.parametrize(
    ("nfr", "outcome", "value", "n", "row"),
    [
        (block("p95", "< 1 s", "GET /slow"), "fail", 2600, 990, "GET /slow"),
        (block("p95", "< 4 s", "GET /slow"), "pass", 2600, 990, "GET /slow"),
        (block("p95", "< 2.6 s", "GET /slow"), "warning", 2600, 990, "GET /slow"),
        (block("p50", "< 200 ms", "*"), "fail", 2000, 990, "GET /slow"),
        (block("p90", "< 100 ms", "GET /fast"), "pass", 35, 1000, "GET /fast"),
        (block("p66", "<= 10 ms", "GET /fast"), "fail", 25, 1000, "GET /fast"),
        (block("p99.9", "< 100 ms", "GET /fast"), "warning", 75, 1000, "GET /fast"),  # 3 720 requests are the least
        (block("mean", "< 30 ms", "/fast"), "pass", 22.5, 1000, "GET /fast"),
        (block("mean", "< 15 ms", "/fast"), "fail", 22.5, 1000, "GET /fast"),
        (block("mean", "< 22 ms", "/fast"), "warning", 22.5, 1000, "GET /fast"),
        (block("min", "> 1 ms", "GET /fast"), "pass", 3, 1000, "GET /fast"),
        (block("min", "> 5 ms", "GET /fast"), "fail", 3, 1000, "GET /fast"),
        (block("max", "< 100 ms", "GET /fast"), "pass", 80, 1000, "GET /fast"),
        (block("max", "< 79 ms", "GET /fast"), "fail", 80, 1000, "GET /fast"),
        (block("error_rate", "< 5 %", "*"), "pass", 1, 1000, "GET /slow"),
        (block("error_rate", "< 0.4 %", "*"), "fail", 1, 1000, "GET /slow"),
        (block("error_rate", "< 1 %", "*"), "warning", 1, 1000, "GET /slow"),
        (block("throughput", "> 9 /s", "*"), "pass", 9.9, 990, "GET /slow"),
        (block("throughput", "> 9.95 /s", "*"), "fail", 9.9, 990, "GET /slow"),
        (block("requests", "> 989 requests", "*"), "pass", 990, 990, "GET /slow"),
        (block("requests", "> 995 count", "*"), "fail", 990, 990, "GET /slow"),
    ],
)
def test_every_statistic_is_judged_on_successes(
    tmp_path: Path, nfr: str, outcome: str, value: float, n: int, row: str
) -> None:
    found = verdict(tmp_path, nfr)
    assert (found.outcome, found.value, found.n, found.row) == (outcome, value, n, row), found.reason
    assert bool(found.reason) == (outcome != "pass")


@pytest.mark.parametrize(
    ("nfr", "says"),
    [
        (block("p95", "< 1 s", "GET /fats"), "did you mean GET /fast?"),
        (block("p95", "< 1 s", "get /FAST"), "did you mean GET /fast"),
        (block("p95", "< 9 s", "GET /slow", "GET /never"), "no row GET /never"),
        (block("p95", "< 1 s", "completely other"), "the file has GET /fast, GET /slow"),
        (block("p97", "< 9 s", "*"), "no p97 in the row GET /fast (line 2); the file has 50%"),
        (block("share", "> 1 %", "*"), "cannot be judged from Locust's figures"),
        (block("p95", "< 1 s", "Total"), "no row Total"),
    ],
)
def test_a_requirement_that_finds_nothing_is_unjudged_and_says_what_is_near(
    tmp_path: Path, nfr: str, says: str
) -> None:
    run = judged(
        write(
            tmp_path, BOTH.replace("Aggregated", "Aggregated") if "Total" not in nfr else f"{HEADER}\n{FAST}\n", nfr=nfr
        )
    )
    assert (run.outcome, run.exit_code, run.verdicts[0].outcome) == ("unjudged", 2, "pending")
    assert says in run.verdicts[0].reason


def test_the_total_is_judged_only_by_its_own_name_and_with_a_caution(tmp_path: Path) -> None:
    named = judged(write(tmp_path / "a", BOTH, nfr=block("p95", "< 100 ms", "Aggregated")))
    assert (named.verdicts[0].row, named.verdicts[0].outcome) == ("Aggregated", "fail")
    assert "hides a slow operation" in said(named)
    for pattern in ("*", "Aggr*", "*gated"):
        found = judged(write(tmp_path / "b", BOTH, nfr=block("requests", "< 1500 requests", pattern)))
        assert found.verdicts[0].row != "Aggregated" and found.cautions == ()


@pytest.mark.parametrize(
    ("name", "row", "outcome"),
    [("/items/[id]", "GET /items/[id]", "fail"), ("/items/[id]", "GET /items/i", "pending"), ("/a*b", "GET /a*b", "fail"),
     ("/a?x=1", "/a?x=1", "fail"), ("/a!b", "GET /[!a]*", "pending"), ("/a.b(c)+", "GET /a.b(c)+", "fail"),
     ("/x", "G?T /x", "fail")],
)  # fmt: skip
def test_names_are_data_and_only_stars_and_question_marks_are_wild(
    tmp_path: Path, name: str, row: str, outcome: str
) -> None:
    assert verdict(tmp_path, block("p95", "< 1 s", row), BOTH.replace("/slow", name)).outcome == outcome


def test_an_exact_name_goes_before_a_pattern(tmp_path: Path) -> None:
    text = BOTH.replace("/slow", "/a*").replace("/fast", "/ab")
    assert verdict(tmp_path, block("p95", "< 1 s", "GET /a*"), text).row == "GET /a*"
    assert verdict(tmp_path, block("requests", "> 999 requests", "GET /a*"), text).value == 990  # /ab has 1000


@pytest.mark.parametrize(
    ("row", "nfr", "outcome"),
    [
        ("GET,/a,1,1,9000,9000,9000,9000,1,1,1", block("error_rate", "< 5 %", "*"), "warning"),
        ("GET,/a,2,2,9000,9000,9000,9000,1,1,1", block("error_rate", "< 5 %", "*"), "fail"),
        ("GET,/a,1,1,9000,9000,9000,9000,1,1,1", block("p95", "< 1 s", "*"), "warning"),
        ("GET,/a,1,0,9000,9000,9000,9000,1,1,0", block("p95", "< 1 s", "*"), "warning"),
        ("GET,/a,2,0,9000,9000,9000,9000,1,1,0", block("p95", "< 1 s", "*"), "fail"),
        ("GET,/a,1,0,9000,9000,9000,9000,1,1,0", block("mean", "< 1 s", "*"), "warning"),
        (
            "GET,/a,5,0,9000,9000,9000,9000,1,1,0",
            block("p50", "< 200 ms", "*"),
            "fail",
        ),  # (1/2)^5 is 3 %: Min bounds it
        ("GET,/a,4,0,9000,9000,9000,9000,1,1,0", block("p50", "< 200 ms", "*"), "warning"),
    ],
)
def test_at_least_two_failures_are_needed_to_fail(tmp_path: Path, row: str, nfr: str, outcome: str) -> None:
    text = f"{HEADER}\n{row}{',9000' * 11}\n"
    assert verdict(tmp_path, nfr, text).outcome == outcome


def test_a_row_of_two_calls_says_nothing_of_an_error_rate_next_to_rows_that_do(tmp_path: Path) -> None:
    text = f"{HEADER}\n{FAST}\n{FAST.replace('/fast,1000', '/rare,2')}\n"
    found = verdict(tmp_path, block("error_rate", "< 5 %", "*"), text)
    assert (found.outcome, found.row) == ("pass", "GET /fast")


def test_a_limit_in_another_unit_than_the_statistic_is_refused(tmp_path: Path) -> None:
    write(tmp_path, BOTH, nfr=block("p95", "< 5 %", "*"))
    (run,) = judge_paths([str(tmp_path)])
    assert run.exit_code == 2 and "expected a limit in ms or s for p95" in run.refused


def test_rounding_reaches_as_far_as_locusts_own_code_does() -> None:
    def locust(value: float) -> int:
        return round(value) if value < 100 else int(round(value, -1 if value < 1000 else -2 if value < 10_000 else -3))

    for value in np.concatenate([np.linspace(0, 1200, 3001), np.linspace(1200, 400_000, 5001)]):
        written = np.array([float(locust(value))])
        assert written[0] - reach_down(written)[0] <= value <= written[0] + reach_up(written)[0], value


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
def test_ranks_are_the_outermost_that_their_confidence_allows(level: float) -> None:
    from scipy import special

    n = np.array([1, 2, 5, 10, 59, 73, 371, 1000, 54_321, 1_000_000], dtype=float)
    low, high = lower_rank(n, level), upper_rank(n, level)
    for count, below, above in zip(n, low, high, strict=True):
        assert below == 0 or special.bdtr(below - 1, count, level) <= 0.05 + 1e-12
        assert below == count - 1 or special.bdtr(below, count, level) > 0.05 - 1e-12
        assert above == count + 1 or special.bdtr(above - 1, count, level) >= 0.95 - 1e-12
        assert above == 1 or special.bdtr(above - 2, count, level) < 0.95 + 1e-12


def bucket(values: np.ndarray) -> np.ndarray:
    digits = np.select([values < 100, values < 1000, values < 10_000], [0, -1, -2], -3)
    return np.array([round(float(value), int(places)) for value, places in zip(values, digits, strict=True)])


def table(times: np.ndarray, failed: np.ndarray, columns: bool = True) -> Table:
    """What Locust writes of these requests."""
    ordered = np.sort(bucket(times))
    ranks = np.minimum(np.floor(len(ordered) * LEVELS + 1e-9).astype(int), len(ordered) - 1)
    shown = ",".join(f"{value:.0f}" for value in ordered[ranks])
    spread = f"{times.mean()!r},{times.min()!r},{times.max()!r}".replace("np.float64(", "").replace(")", "")
    head, line = (
        HEADER,
        f"GET,/a,{len(times)},{failed.sum()},{ordered[(len(ordered) - 1) // 2]:.0f},{spread},1,1,0,{shown}",
    )
    if not columns:
        head, line = HEADER.partition(",50%")[0], line.removesuffix(f",{shown}")
    read, damage, _ = stats.read(decode(f"{head}\n{line}\n".encode(), "x"), "x")
    assert not damage, damage
    return read


@pytest.mark.parametrize("columns", [True, False], ids=["percentiles", "median alone"])
def test_bounds_contain_the_true_quantile_and_mean_as_often_as_stated(columns: bool) -> None:
    """300 runs of lognormal times, some failed fast and some slow: each one-sided bound is wrong in 5 % at most, with rounding."""
    wrong = {"low": 0, "high": 0, "mean": 0}
    for seed in range(300):
        random = np.random.default_rng(seed)
        n, sigma, centre = (
            int(random.integers(20, 3000)),
            random.uniform(0.1, 1.0),
            random.choice([8.0, 90.0, 700.0, 3000.0]),
        )
        times = centre * random.lognormal(0, sigma, n)
        failed = random.random(n) < random.choice([0.0, 0.02])
        times[failed] = random.choice([1.0, centre * 10])
        level = float(random.choice([0.5, 0.95]))
        truth = centre * np.exp(sigma * (0.0 if level == 0.5 else 1.6448536269514722))
        found = table(times, failed, columns)
        low, high = quantile_bounds(found, np.array([0]), level)
        wrong["low"] += bool(low[0] > truth)
        wrong["high"] += bool(high[0] < truth)
        low, high = mean_bounds(found, np.array([0]))
        wrong["mean"] += not low[0] <= centre * np.exp(sigma**2 / 2) <= high[0]
    assert max(wrong.values()) <= 24, wrong  # 15 expected where a bound is tight; 24 is 2.4 standard deviations above


def test_a_median_alone_can_fail() -> None:
    """The kinds of runs that once could only be Warning."""
    random = np.random.default_rng(1)
    times = 9000 * random.lognormal(0, 0.05, 1000)
    found = table(times, np.zeros(1000, dtype=bool), columns=False)
    low, _ = quantile_bounds(found, np.array([0]), 0.5)
    assert low[0] >= times.min() > 200


@pytest.mark.parametrize("failures", [0, 5])
def test_both_readings_of_old_counts_are_judged_and_the_worse_decides(tmp_path: Path, failures: int) -> None:
    times = '"Median response time","Average response time","Min response time","Max response time"'
    head = f'"Method","Name","# requests","# failures",{times}'
    text = f'{head}\n"GET","/a",100,{failures},10,11,5,40\n"None","Total",100,{failures},10,11,5,40'
    run = judged(
        write(
            tmp_path,
            text,
            "run_requests.csv",
            nfr=block("error_rate", "< 4.9 %", "*") + block("requests", "> 97 requests", "*"),
        )
    )
    assert len(run.run.readings) == (2 if failures else 1)
    assert run.verdicts[1].outcome == ("fail" if failures else "pass") and run.verdicts[1].value == 100 - failures


def test_what_two_runs_allow_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    times = "60,62.5,30,180,512,10,0,60,65,68,70,75,80,95,120,150,180,180"
    slower = BOTH.replace(FAST, f"GET,/fast,1000,0,{times}")
    before, now = write(tmp_path / "a", BOTH), write(tmp_path / "b", slower)
    assert main(["compare", str(before), str(now)]) == 1
    shown = capsys.readouterr().out
    assert "2 worse, 0 better, 4 ~" in shown
    assert main(["compare", str(now), str(before)]) == 0 and "0 worse, 2 better" in capsys.readouterr().out
    assert main(["compare", str(before), str(before)]) == 0 and "6 ~" in capsys.readouterr().out
    write(tmp_path / "b", slower[:-30])
    assert main(["compare", str(before), str(now)]) == 2 and "damaged" in capsys.readouterr().out


def test_slow_row_is_still_the_row_of_the_examples() -> None:
    """The cases above count on it."""
    assert SLOW.split(",")[2:4] == ["1000", "10"]


def test_a_value_outside_of_its_own_interval_is_never_a_pass(tmp_path: Path) -> None:
    """The percentiles of Locust 0.x are of another moment than its mean: here of 100 fast requests, before 1 900 slow ones."""
    times = '"Median response time","Average response time","Min response time","Max response time"'
    figures = "2000,0,990,980,900,999"
    requests = f'"Method","Name","# requests","# failures",{times}\n"GET","/a",{figures}\n"None","Total",{figures}'
    levels = ",".join(f'"{100 * level:g}%"' for level in (0.5, 0.9, 0.95, 0.99, 1))
    distribution = f'"Name","# requests",{levels}\n"GET /a",100,10,10,10,10,10\n"Total",100,10,10,10,10,10\n'
    path = write(tmp_path, requests, "run_requests.csv", nfr=block("p95", "< 1 s", "*"))
    (tmp_path / "run_distribution.csv").write_text(distribution, encoding="utf-8")
    found = judged(path).verdicts[0]
    assert found.outcome == "warning" and "outside of its interval" in found.reason

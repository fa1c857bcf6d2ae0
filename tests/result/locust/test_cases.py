"""The small inputs of tests/cases/csv that once were judged wrongly, with their right answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from reznet_load.result.judged import judge_paths, worst
from tests.result.locust.made import block, said

CASES = Path(__file__).resolve().parents[2] / "cases" / "csv"
P50, P95 = block("p50", "< 200 ms", "*"), block("p95", "< 1 s", "*")
ERRORS = block("error_rate", "< 5 %", "*")

# case, requirements ("": its own), each run's outcome, and (value, n, row) of the first verdict of the last run.
ANSWERS = [
    ("dist", P95, ["fail"], (2100, 198412, "POST /v1/items/list")),
    ("v08", ERRORS, ["fail"], (100, 56, "GET /missing")),
    ("median", P50, ["fail"], (9000, 1000, "GET /slow")),
    ("p50", "", ["fail", "fail"], (9000, 100000, "GET /slow")),
    ("total", ERRORS, ["fail"], (100, 5000, "GET null")),
    ("nonmono", "", ["unjudged"], (None, 0, "")),
    ("nonmono", P95, ["unjudged"], (None, 0, "")),
    ("thousands", ERRORS, ["fail"], (20, 2000, "GET /api/channels")),
    ("two", ERRORS, ["pass", "fail"], (20, 2000, "GET /api/channels")),
    ("pipe", P95, ["pass"], (35, 2000, "GET /search?q=a|b&<b>x</b> `code` *s*")),
]  # fmt: skip


@pytest.mark.parametrize(("case", "nfr", "outcomes", "first"), ANSWERS)
def test_each_case_gives_its_expected_answer(
    tmp_path: Path, case: str, nfr: str, outcomes: list[str], first: tuple
) -> None:
    given = ""
    if nfr:
        (tmp_path / "nfr.toml").write_text(nfr, encoding="utf-8")
        given = str(tmp_path / "nfr.toml")
    runs = judge_paths([str(CASES / case)], given)
    assert [run.outcome for run in runs] == outcomes, [said(run) for run in runs]
    verdict = runs[-1].verdicts[0]
    assert (verdict.value, verdict.n, verdict.row) == first
    assert worst(runs).exit_code == {"fail": 1, "unjudged": 2, "pass": 0}[max(outcomes, key="pass unjudged fail".find)]


@pytest.mark.parametrize("path", ["p50", "p50/a", "p50/a_stats.csv", "p50/b", "p50/*_stats.csv"])
def test_the_requirements_next_to_the_csvs_are_used_however_the_run_is_named(path: str) -> None:
    runs = judge_paths([str(CASES / path)])
    assert {run.outcome for run in runs} == {"fail"} and len(runs) == (2 if path in ("p50", "p50/*_stats.csv") else 1)


def test_failures_apart_make_56_of_56() -> None:
    (run,) = judge_paths([str(CASES / "v08")])
    at = run.run.table.keys.index("GET /missing")
    assert (run.run.table.requests[at], run.run.table.failures[at], run.run.table.successes[at]) == (56, 56, 0)


def test_three_rows_and_a_total_where_a_request_is_named_total() -> None:
    (run,) = judge_paths([str(CASES / "total")])
    assert [run.run.table.keys[at] for at in run.run.table.operations] == ["GET /ok", "GET Total", "GET null"]

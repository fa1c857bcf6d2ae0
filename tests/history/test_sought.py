"""Capacity searches in the history: each line has the result, comparable searches are compared, and more users are
better.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reznet_load.cli import main
from reznet_load.core.phases.steps import Capacity, Step
from reznet_load.core.profile import STEADY, STEP
from reznet_load.core.run import RunResult
from reznet_load.history import baseline, store
from reznet_load.history.comparable import comparable, like, unlike
from reznet_load.history.line import HistoryLine, HistoryValue, from_dict, to_dict
from reznet_load.history.regress import RegressionFindings, regress
from reznet_load.history.sought import found_text, values
from reznet_load.report.comparison.compare import compare
from reznet_load.report.comparison.side import Side, read
from reznet_load.report.publish import publish
from reznet_load.result.assemble import assemble
from reznet_load.verdict.capacity.answer import line as beside
from tests.builders import info
from tests.history.folders import made, searched
from tests.history.lines import line, requirements, with_value

NINE_MINUTES, FORTY_MINUTES = 540.0, 2400.0


def result(found: Capacity, *users: int) -> RunResult:
    """Of a search that held `users`, what is above the answer failed."""
    steps = tuple(
        Step(
            str(n), STEP, n, 45.0, "pass" if n <= found.low else "fail", "", n, n, 0.9 * n, 1.1 * n, n / 15, 900.0, 0.0
        )
        for n in users
    )
    return RunResult("pass", 0, info(), steps=steps, capacity=found, behaviour=beside(found))


def search(number: int, low: float | None, high: float | None, at_least: bool = False, **changes: Any) -> HistoryLine:
    """A line of a search with this result and a matching goodput."""
    one = line(number, agent_response_p95=1000.0)
    answer = HistoryValue(low, low, high, 8, unit="users", outcome="pass", at_least=at_least)
    good = HistoryValue(low and low / 2, low and low / 2.1, high and low and low / 1.9, 8, unit="/s", at_least=at_least)
    found = {**one.values, "capacity": answer, "capacity_goodput": good}
    of_search: dict[str, Any] = {"scenario": "capacity", "search": NINE_MINUTES, "users": int(low or 1), "mix": {}}
    return replace(one, values=found, **(of_search | changes))


@pytest.mark.parametrize(
    ("found", "expected", "text"),
    [
        (Capacity(104, 109, True, True, n_star=121.0), (104, 104, 109, False, "pass"), "104 to 109 users"),
        (Capacity(104, 109, True, False), (104, 104, None, False, "warning"), "104 users"),  # 109 stayed open
        (Capacity(200, None, True, False), (200, 200, None, True, "warning"), "at least 200 users"),
        (Capacity(100, 200, True, False, generator=True), (100, 100, None, True, "warning"), "at least 100 users"),
        (Capacity(0, 2, False, True), (0, 0, 2, False, "fail"), "0 to 2 users"),
        (Capacity(0, 2, False, False), (None, None, None, False, "pending"), "-"),
    ],
)
def test_the_answer_is_an_interval_from_the_last_pass_to_the_first_failure(
    found: Capacity, expected: tuple, text: str
) -> None:
    kept = values(result(found, 50, 100, 104, 109))
    answer = kept["capacity"]
    assert (answer.value, answer.low, answer.high, answer.at_least, answer.outcome) == expected
    assert found_text(answer) == text and kept["n_star"].value == found.n_star


def test_the_goodput_is_that_of_the_answer_with_its_interval() -> None:
    steps = result(Capacity(104, 109, True, True), 50, 104, 109)
    confirmed = replace(steps.steps[1], part=STEADY, goodput=103.5)
    kept = values(replace(steps, steps=(*steps.steps, confirmed)))["capacity_goodput"]
    assert kept.value == 103.5 and kept.low == pytest.approx(93.6) and kept.unit == "/s"
    early = values(result(Capacity(104, None, True, False), 50, 104))["capacity_goodput"]
    assert early.at_least and early.high is None  # more users would have had more
    assert values(result(Capacity(0, 2, False, True), 2))["capacity_goodput"].value is None
    assert values(RunResult("pass", 0, info())) == {}


QUIET = [
    (104, 109),
    (109, 115),
    (104, 109),
    (100, 104),
    (104, 109),
    (109, 115),
    (104, 109),
    (100, 104),
    (104, 109),
    (109, 115),
]


def of(
    answers: list[tuple[float, float | None]], at: int | None = None, open_: tuple[int, ...] = ()
) -> RegressionFindings:
    lines = [search(n, low, high, n in open_) for n, (low, high) in enumerate(answers)]
    return regress(requirements(), lines[-1], lines[:-1], None if at is None else lines[at])


@pytest.mark.parametrize(
    ("answers", "sign", "expected"),
    [
        ([*QUIET[:3], (70, 74)], "▼", "suspect"),
        ([*QUIET[:3], (140, 147)], "▲", ""),  # more is better
        ([*QUIET[:3], (70, None)], "~", ""),  # 74 stayed open: no bound from above
        ([*QUIET, (104, 109)], "~", ""),
        ([*QUIET, (70, 74)], "▼", "suspect"),
        ([*QUIET, (70, 74), (70, 74)], "▼", "regression"),
        ([*QUIET, (140, 147), (147, 155)], "▲", ""),
        ([*QUIET, (0, 2)], "▼", "suspect"),
        ([*QUIET, (0, 2), (0, 1)], "▼", "regression"),
    ],
)
def test_fewer_users_are_worse_and_more_are_better(answers: list, sign: str, expected: str) -> None:
    found = of(answers)
    (change,) = [one for one in found.changes if one.id == "capacity"]
    kinds = [one.kind for one in found.regressions if one.id == "capacity"]
    assert (change.sign, kinds) == (sign, [expected] if expected else [])
    assert {one.id for one in found.changes} <= {"capacity", "n_star", "capacity_goodput"}  # not what 70 users felt


def test_a_proven_loss_of_users_fails_the_run_and_names_its_bounds() -> None:
    found = of([*QUIET, (70, 74), (70, 74)]).regressions
    assert [(one.id, one.fails) for one in found] == [("capacity", True), ("capacity_goodput", False)]
    assert found[0].since == "c010" and found[0].text.startswith("Capacity -32.7 %: regression since c010")
    (suspect, *_) = of([*QUIET, (70, 74)]).regressions
    assert suspect.evidence.startswith("70 users (first that failed: 74 users) against a median of 104 users in 10 ")


def test_lower_bounds_are_compared_by_intervals_only() -> None:
    ended_early = of([*QUIET, (50, None)], open_=(len(QUIET),))
    assert ended_early.regressions == () and ended_early.changes[0].sign == ""
    far_better = of([*QUIET, (200, None)], open_=(len(QUIET),))
    assert far_better.regressions == () and far_better.changes[0].sign == "▲"
    lost = of([(200, None), (200, None), (104, 109)], open_=(0, 1)).regressions
    assert [one.kind for one in lost if one.id == "capacity"] == ["suspect"]
    once = of([(50, None), *QUIET, (70, 74), (70, 74)], open_=(0,)).regressions  # it takes the others' spread from none
    assert [one.kind for one in once if one.id == "capacity"] == ["regression"]
    lines = [*(search(n, 200, None, True) for n in range(7)), search(7, 104, 109), search(8, 104, 109)]
    lines[7] = with_value(lines[7], "capacity", sign="▼")
    twice = regress(requirements(), lines[-1], lines[:-1]).regressions
    assert [one.kind for one in twice if one.id == "capacity"] == [
        "suspect"
    ]  # bounds have no spread: no level is proven


def test_the_baseline_of_a_search_is_a_search_of_any_answer(tmp_path: Path) -> None:
    baseline.pin(tmp_path, search(0, 104, 109))
    mine = search(1, 70, 74)
    assert baseline.find(tmp_path, mine) == (search(0, 104, 109), "")
    (found, *_) = [one for one in of([(104, 109), (70, 74)], at=0).regressions if one.kind == "baseline"]
    assert found.text == "Capacity -32.7 % against the baseline run-000"
    baseline.pin(tmp_path, mine)  # takes its place, though with another number of users
    assert [pin.run for pin in baseline.read(tmp_path)] == ["run-001"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"users": 70}, ""),  # the answer, not the load
        ({"search": FORTY_MINUTES}, "a search of 40m, not a search of 9m"),
        ({"search": 0.0}, "no capacity in the line of an earlier version"),
        ({"scenario": "load", "search": 0.0}, "scenario load, not capacity"),
        ({"mix": {"rest": 34, "chat": 17, "agent": 19}}, ""),  # 24:12:14 of 70
        ({"mix": {"rest": 0, "chat": 0, "agent": 70}}, "another mix of users"),
        ({"fingerprint": "beef"}, "another environment"),
        ({"outcome": "void"}, "void run"),
    ],
)
def test_searches_are_comparable_whatever_they_found(changes: dict[str, Any], reason: str) -> None:
    mine = search(9, 104, 109, mix={"rest": 50, "chat": 25, "agent": 29})
    other = search(1, 104, 109, **({"mix": {"rest": 50, "chat": 25, "agent": 29}} | changes))
    assert unlike(mine, other).startswith(reason) and bool(unlike(mine, other)) == bool(reason)
    assert (comparable(mine, [other]) == []) == bool(reason)
    assert like(mine) == "a search of 9m" and like(line(1)) == "50 users"


def test_a_damaged_length_of_a_search_is_named() -> None:
    with pytest.raises(ValueError, match="search read as 'long', expected seconds"):
        from_dict(to_dict(search(1, 104, 109)) | {"search": "long"})


def test_a_search_writes_its_line_and_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, low in enumerate((50, 52)):
        publish(searched(tmp_path, number, low, 2 * low), new=True)
    first, second = store.read(tmp_path).lines
    assert (first.scenario, first.search, first.users) == ("capacity", 530.0, 50)
    assert first.values["capacity"].value == 50 and first.values["capacity"].high == 100
    assert (first.values["capacity_goodput"].low or 0) > 0 and "agent_response_p95" in first.values
    assert unlike(second, first) == ""
    capsys.readouterr()
    assert main(["history", "--reports", str(tmp_path)]) == 0
    assert "capacity  52 to 104 users ✅" in capsys.readouterr().out
    text = (tmp_path / "PERFORMANCE_TEST_RESULTS.md").read_text(encoding="utf-8")
    assert (
        "Compared with 1 earlier run, " in text
        and "of the scenario `capacity` with a search of 8m50s are compared" in text
    )
    assert "| capacity, 50 to 100 users ✅, pass, backend b000 |" in text
    assert "Searches are compared by what they found" in text


def test_two_searches_are_compared_by_their_answers_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = searched(tmp_path, 1, 52, 60), searched(tmp_path, 2, 30, 40)
    assert main(["compare", str(a), str(b)]) == 1
    text = capsys.readouterr().out
    assert (
        "| Capacity | search | 52 users (52 users to 60 users) | 30 users (30 users to 40 users) | -42.3 % | worse"
        in text
    )
    assert "Agent Response Time" not in text and "each search measured them at its own answer" in text
    assert "| users | a search of 8m50s | a search of 8m50s |" in text
    assert main(["compare", str(b), str(a)]) == 0 and "| better |" in capsys.readouterr().out
    assert main(["compare", str(a), str(searched(tmp_path, 3, 50, 60))]) == 0
    assert re.search(r"\| Capacity .* \| ~ \| - \| intervals", capsys.readouterr().out)


def test_a_search_not_ended_by_the_backend_is_compared_by_its_lower_bound(tmp_path: Path) -> None:
    def side(low: int, high: int | None) -> Side:
        found = Capacity(low, high, True, high is not None)
        return Side(replace(base.result, capacity=found, behaviour=beside(found)), base.requirements, base.series)

    base = read(searched(tmp_path, 1, 50, 100))
    (open_, *_) = compare(side(200, None), side(150, None)).requirements
    assert (open_.sign, open_.test) == ("", "only a bound from below: the generator or the time ended a search")
    (fewer, *_) = compare(side(200, None), side(104, 109)).requirements
    assert (fewer.sign, fewer.test) == ("worse", "intervals: last pass to first fail")
    (more, *_) = compare(side(104, 109), side(200, None)).requirements
    assert more.sign == "better"


@pytest.mark.parametrize("others", [("stress", "spike"), ("load", "soak"), ("perf", "load")])
def test_runs_of_different_kinds_say_why_they_cannot_be_compared(
    others: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = (made(tmp_path, number, scenario=scenario) for number, scenario in enumerate(others))
    (tmp_path / "c").mkdir()
    assert main(["compare", str(a.rename(tmp_path / "a")), str(b.rename(tmp_path / "b"))]) == 2
    assert f"**No conclusion**: B has scenario {others[1]}, not {others[0]}." in capsys.readouterr().out
    c = searched(tmp_path, 5, 50, 100)
    assert main(["compare", str(c), str(tmp_path / "a")]) == 2
    assert f"**No conclusion**: B has scenario {others[0]}, not capacity." in capsys.readouterr().out
    assert assemble(c).capacity is not None

"""The matrix as duels: each of its faults has a line, and what a duel says is compared with it."""

from __future__ import annotations

from typing import Any

import pytest

from reznet_load.cli import main
from reznet_load.drive.selftest.cases import CASES
from reznet_load.drive.selftest.duel_cases import DUEL_CASES
from reznet_load.drive.selftest.duel_matrix import check

CASE = DUEL_CASES["slow-endpoint"]


def row(name: str, p: float, figure: str = "latency") -> dict[str, Any]:
    change = {"estimate": 20.0, "unit": "%", "adjusted": p, "slower": p < 0.05}
    return {"row": name, "figure": figure, "change": change}


def duel(*rows: dict[str, Any], outcome: str = "fail") -> dict[str, Any]:
    cautions = [{"text": "The generator stood still.", "void": True}]
    return {"outcome": outcome, "rows": list(rows), "cautions": cautions}


def test_every_fault_of_the_target_is_a_duel_too() -> None:
    assert set(DUEL_CASES) == {case.name for case in CASES if not case.surroundings}


def test_a_fault_that_is_found_where_it_is_and_nowhere_else_is_right() -> None:
    assert check(CASE, duel(row("GET /api/channels", 0.001), row("GET /health", 0.2))) == []


def test_a_fault_that_is_not_found_is_wrong() -> None:
    (said,) = check(CASE, duel(row("GET /api/channels", 0.2), row("GET /health", 0.2)))
    assert said == "not found slower: GET /api/channels +20.0 %, adjusted p 0.2000"


def test_a_row_that_it_does_not_touch_is_wrong() -> None:
    (said,) = check(CASE, duel(row("GET /api/channels", 0.001), row("GET /health", 0.001)))
    assert said.startswith("found slower too: GET /health")


def test_a_row_without_an_interval_is_not_found() -> None:
    assert check(CASE, duel({"row": "GET /api/channels", "figure": "latency", "change": None})) == [
        "not found slower: no interval for GET /api/channels"
    ]


def test_failures_of_a_row_are_a_figure_of_their_own() -> None:
    assert check(DUEL_CASES["server-errors"], duel(row("GET /api/channels", 0.001, "failed"))) == []
    assert len(check(DUEL_CASES["server-errors"], duel(row("GET /api/channels", 0.001)))) == 2


def test_a_void_duel_proves_nothing() -> None:
    assert check(CASE, duel(outcome="void")) == ["the duel is void: The generator stood still."]


@pytest.mark.parametrize(
    ("words", "says"),
    [(["--duel", "nothing"], "selftest --duel: read 'nothing'"), (["--duel", "--quick"], "--quick and --duel")],
)
def test_what_is_not_understood_is_said(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest", *words]) == 2
    assert says in capsys.readouterr().err

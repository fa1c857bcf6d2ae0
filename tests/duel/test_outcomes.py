"""What a duel answers, by its exit codes: each line of the table in docs/duel.md, from folders of known numbers."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as Xml
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from reznet_load.cli import main
from reznet_load.core.run import Caution
from reznet_load.core.settings.duel import DuelTerms
from reznet_load.report.duel.duel_schema import FILE, duel_schema
from reznet_load.report.duel.publish import publish
from reznet_load.result.duel import judge_duel
from tests.builders import Values
from tests.duel.folders import SECONDS, side, write_duel

TURNS, HEALTH = "CHAT agent turn", "GET /health"


_VALIDATOR = jsonschema.Draft202012Validator(json.loads(FILE.read_text()))


def told(folder: Path) -> dict[str, str]:
    """Requirement -> its answer."""
    return {one["id"]: one["answer"] for one in json.loads((folder / "result.json").read_text())["requirements"]}


@pytest.mark.parametrize(
    ("factors", "terms", "outcome", "code"),
    [
        ({}, DuelTerms("7"), "pass", 0),
        ({TURNS: 1.2}, DuelTerms("7"), "fail", 1),
        ({TURNS: 1.04}, DuelTerms("7"), "warning", 0),
        ({TURNS: 1.04}, DuelTerms("7", strict=True), "warning", 1),
        ({TURNS: 1.04}, DuelTerms("7", margin=3.0), "fail", 1),
        ({TURNS: 0.8}, DuelTerms("7"), "pass", 0),
        ({}, DuelTerms("7", prove_no_worse=True), "pass", 0),
        ({HEALTH: 1.045}, DuelTerms("7", prove_no_worse=True), "fail", 1),
    ],
)
def test_the_answer_is_the_exit_code(
    factors: dict[str, float], terms: DuelTerms, outcome: str, code: int, tmp_path: Path
) -> None:
    folder = write_duel(tmp_path / "duel", side(1), side(2, factors), terms)
    assert publish(folder) == code
    written = json.loads((folder / "result.json").read_text())
    _VALIDATOR.validate(written)
    assert (written["outcome"], written["exit_code"], written["schema"]) == (outcome, code, 1)
    red = Xml.parse(folder / "junit.xml").getroot().findall(".//failure")
    assert bool(red) == (code == 1)


def test_only_the_row_that_is_slower_is_found_slower(tmp_path: Path) -> None:
    folder = write_duel(tmp_path / "duel", side(1), side(2, {TURNS: 1.2}))
    result = judge_duel(folder)
    assert [name for name, change in result.changes.items() if change.slower] == [TURNS]
    assert result.changes[TURNS].estimate == pytest.approx(20, abs=2)
    publish(folder)
    assert re.search(
        r"B is slower: Agent replies are (19|20|21) % slower in B \(\d+ to \d+ %\)\.",
        (folder / "SUMMARY.md").read_text(),
    )
    assert told(folder)["agent_response_p95"] == "slower" and told(folder)["api_p95"] == "no worse"


def test_what_is_too_wide_is_undecided_with_the_minutes_that_it_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_duel(tmp_path / "duel", side(1, sd=3.0), side(2, sd=3.0))
    assert publish(folder) == 0
    assert "undecided" in told(folder).values()
    assert "more minute" in capsys.readouterr().out


def test_a_row_that_one_side_has_alone_is_no_answer(tmp_path: Path) -> None:
    b = {row: values for row, values in side(2).items() if row != TURNS}
    folder = write_duel(tmp_path / "duel", side(1), b)
    assert publish(folder) == 2
    assert told(folder)["agent_response_p95"] == "not measured"
    assert "B gave no value of CHAT agent turn" in (folder / "SUMMARY.md").read_text()


def test_an_interrupted_duel_is_130_and_decides_nothing(tmp_path: Path) -> None:
    assert publish(write_duel(tmp_path / "duel", side(1), side(2, {TURNS: 1.5}), interrupted=True)) == 130


def test_lost_samples_of_a_side_void_it(tmp_path: Path) -> None:
    lost = Caution("samples_lost", "Samples were lost.", "Free the disk.", void=True)
    folder = write_duel(tmp_path / "duel", side(1), side(2, {TURNS: 1.5}), cautions=(lost,))
    assert publish(folder) == 3
    assert "✅" not in (folder / "duel.md").read_text()
    assert "A: Samples were lost." in (folder / "duel.md").read_text()


def lagging(rows: Values, share: float, ms: float) -> Values:
    """`rows` with a loop that stood still for `ms` in that share of its ticks, spread evenly."""
    lag = rows["GAUGE loop lag"].copy()
    lag[:: round(1 / share)] = ms
    return rows | {"GAUGE loop lag": lag}


@pytest.mark.parametrize(("share", "code"), [(0.004, 0), (0.1, 3)])
def test_the_generators_standstills_are_left_out_on_both_sides_and_void_it_above_five_percent(
    share: float, code: int, tmp_path: Path
) -> None:
    folder = write_duel(tmp_path / "duel", lagging(side(1), share, 150.0), lagging(side(2), share, 150.0))
    assert publish(folder) == code
    result = judge_duel(folder)
    quick = result.figures[HEALTH]
    assert quick.a.dropped and quick.a.dropped == quick.b.dropped
    assert [one.void for one in result.cautions if one.id == "disturbed_pairs"] == [code == 3]


def test_a_generator_that_is_later_for_one_side_voids_it(tmp_path: Path) -> None:
    late = side(2) | {"GAUGE late start": np.random.default_rng(3).uniform(3, 4, 10 * SECONDS)}
    folder = write_duel(tmp_path / "duel", side(1), late)
    assert publish(folder) == 3
    assert "later for B by 2.99 ms" in (folder / "duel.md").read_text()


def test_lag_that_voids_a_run_of_one_only_warns_in_a_duel(tmp_path: Path) -> None:
    a, b = (lagging(side(seed), 0.02, 90.0) for seed in (1, 2))
    folder = write_duel(tmp_path / "duel", a, b)
    assert publish(folder) == 0
    said = [one for one in judge_duel(folder).cautions if one.id == "loop_lag"]
    assert len(said) == 1 and not said[0].void


def test_a_margin_of_a_requirement_comes_before_the_duels(tmp_path: Path) -> None:
    folder = write_duel(tmp_path / "duel", side(1), side(2, {TURNS: 1.1}))
    overlay = '[[nfr]]\nid = "agent_response_p95"\nmargin = "25 %"\n'
    (folder / "A" / "nfr.overlay.toml").write_text(overlay)
    assert publish(folder) == 0
    assert told(folder)["agent_response_p95"] == "slightly slower"


def test_a_calibration_says_what_this_machine_can_see(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_duel(tmp_path / "duel", side(1), side(2), DuelTerms("7", same=True, together=True))
    publish(folder)
    assert "This machine sees, in 3, 5, 10, 20 minutes" in capsys.readouterr().out
    document = (folder / "duel.md").read_text()
    assert "## What this machine can show" in document and "slows A too" in document


def test_report_renders_a_duel_again_byte_for_byte(tmp_path: Path) -> None:
    folder = write_duel(tmp_path / "duel", side(1), side(2, {TURNS: 1.2}))
    names = ("duel.md", "report.html", "result.json", "SUMMARY.md", "junit.xml")
    assert main(["report", str(folder)]) == 1
    first = [(folder / name).read_bytes() for name in names]
    assert main(["report", str(folder)]) == 1
    assert [(folder / name).read_bytes() for name in names] == first


def test_a_side_alone_makes_no_verdicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_duel(tmp_path / "duel", side(1), side(2))
    assert main(["report", str(folder / "A")]) == 2
    assert f"reznet-load report {folder}" in capsys.readouterr().err


def test_the_schema_that_is_shipped_is_that_of_the_records() -> None:
    assert json.loads(FILE.read_text()) == duel_schema()

"""What a duel says of the cause and of the next step, from folders of known numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reznet_load.core.folder import write_info
from reznet_load.core.run import Caution
from reznet_load.core.run_files import read_info
from reznet_load.core.settings.duel import DuelTerms
from reznet_load.report.duel.cases import suite_of
from reznet_load.report.duel.causes import causes, next_step
from reznet_load.report.duel.publish import as_text, publish
from reznet_load.result.duel import DuelResult, judge_duel
from tests.duel.folders import ROWS, side, write_duel

TURNS, FIRST, PING = "CHAT agent turn", "CHAT first token", "CHAT ping"
QUERY, HITS = "PROBE agent list query", "PROBE cache read"


def judged(folder: Path, factors: dict[str, float], terms: DuelTerms | None = None) -> DuelResult:
    return judge_duel(write_duel(folder / "duel", side(1), side(2, factors), terms or DuelTerms("7")))


def test_where_in_a_reply_the_time_is(tmp_path: Path) -> None:
    (said,) = causes(judged(tmp_path, {TURNS: 1.2, FIRST: 1.4}))
    assert said.startswith("A reply takes 2") and "ms of it before the first token" in said and "gaps" not in said


def test_a_reply_that_begins_in_time_is_longer_after_its_first_token(tmp_path: Path) -> None:
    (said,) = causes(judged(tmp_path, {TURNS: 1.2, "CHAT chunk gap": 1.3}))
    assert said.endswith("longer in B, all of it after the first token; the gaps between its parts are longer.")


def test_pings_and_all_calls_are_the_process_and_not_an_endpoint(tmp_path: Path) -> None:
    every = {row: 1.5 for row in ROWS if row.startswith("GET ")}
    assert any("process is busy or blocked" in one for one in causes(judged(tmp_path / "1", every | {PING: 1.5})))
    assert causes(judged(tmp_path / "2", every)) == []


def test_a_server_that_is_slower_without_the_application_is_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    a, b = (side(seed) | {QUERY: rng.lognormal(np.log(ms), 0.2, 1500)} for seed, ms in ((1, 2.0), (2, 180.0)))
    folder = write_duel(tmp_path / "duel", a, b)
    for name in "AB":
        path = folder / name / "run.json"
        info = read_info(path)
        write_info(path.parent, replace(info, has=(*info.has, "postgres")))
    assert any(one.startswith("PostgreSQL itself is slower in B") for one in causes(judge_duel(folder)))


def test_options_of_the_embedded_target_are_a_cause_and_the_next_step_has_them(tmp_path: Path) -> None:
    folder = write_duel(tmp_path / "duel", side(1), side(2, {TURNS: 1.2}))
    info = read_info(folder / "B" / "run.json")
    options = replace(info.deployment, options="--process-time 1.2")
    write_info(folder / "B", replace(info, target="embedded", deployment=options))
    result = judge_duel(folder)
    assert causes(result)[0] == "A was started without options, B with `--process-time 1.2`."
    assert next_step(result) == "`reznet-load load --target='--process-time 1.2'` shows where B's time goes."
    publish(folder)
    for name in ("duel.md", "SUMMARY.md"):
        assert "- Next: `reznet-load load --target" in (folder / name).read_text()
    assert "B with <code>--process-time 1.2</code>." in (folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("sd", "says"), [(0.2, ""), (0.9, "run it again with `--duration "), (6.0, "use a quieter machine")]
)
def test_what_is_open_has_the_duration_that_decides_it_or_another_machine(sd: float, says: str, tmp_path: Path) -> None:
    result = judge_duel(write_duel(tmp_path / "duel", side(1, sd=sd), side(2, sd=sd)))
    assert next_step(result).startswith(says) and bool(next_step(result)) == bool(says)
    assert causes(result) == []


def test_the_next_duel_is_the_same_but_longer(tmp_path: Path) -> None:
    terms = DuelTerms("7", command="reznet-load duel --a http://a:1 --duration 60s --header-b 'X: ***'")
    result = judge_duel(write_duel(tmp_path / "duel", side(1, sd=0.9), side(2, sd=0.9), terms))
    said = next_step(result)
    assert said.startswith("run it again with `reznet-load duel --a http://a:1 --header-b 'X: ***' --duration "), said


def test_a_void_duel_has_its_remedy_and_no_cause(tmp_path: Path) -> None:
    lost = Caution("samples_lost", "Samples were lost.", "Free the disk.", void=True)
    folder = write_duel(tmp_path / "duel", side(1), side(2, {TURNS: 1.5}), cautions=(lost,))
    result = judge_duel(folder)
    assert (causes(result), next_step(result)) == ([], "")
    said = as_text(result)
    assert said.startswith("VOID: The sides cannot be compared. A: Samples were lost. Free the disk.")
    assert said.count("Samples were lost.") == 1


def test_a_against_a_passes_and_says_so(tmp_path: Path) -> None:
    result = judge_duel(write_duel(tmp_path / "duel", side(1, sd=3.0), side(2, sd=3.0), DuelTerms("7", same=True)))
    assert (result.outcome, result.exit_code) == ("pass", 0)
    assert "PASS: A was compared with itself, and no difference was found" in as_text(result)
    assert {one.outcome for one in suite_of(result).verdicts} == {"pass"}


def test_a_slower_than_itself_is_said_as_that(tmp_path: Path) -> None:
    result = judged(tmp_path, {TURNS: 1.2}, DuelTerms("7", same=True))
    assert result.exit_code == 1 and "A is slower than itself" in as_text(result)


def test_two_requirements_of_one_row_share_a_line(tmp_path: Path) -> None:
    said = as_text(judged(tmp_path, {"GET /health": 1.3}))
    assert "Slower  API Response Time (p50), API Response Time (p95): GET /health is" in said
    assert said.index("❌") < said.index("✅")

"""`history`, `baseline`, `compare` as the user gives them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reznet_load.cli import main
from reznet_load.core.deployment import DeploymentFacts
from reznet_load.history import baseline, store
from reznet_load.report.publish import publish
from tests import builders
from tests.history.folders import made
from tests.history.lines import line


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs, the last slower by half."""
    home = tmp_path_factory.mktemp("reports")
    for number, slower in enumerate((1.0, 1.0, 1.5)):
        publish(made(home, number, slower), new=True)
    return home


def name(number: int) -> str:
    return f"20260921-12{number:02d}00_load_abc1234"


def test_history_lists_runs_and_names_damaged_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, target in enumerate(("embedded", "embedded", "staging")):
        store.append(tmp_path, replace(line(number, agent_response_p95=1000.0), target=target))
    with (tmp_path / store.FILE).open("a") as file:
        file.write('{"run": \n')
    assert main(["history", "--reports", str(tmp_path), "--target", "embedded", "--last", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0].startswith("time") and "run-001" in out and "run-000" not in out and "staging" not in out
    assert "1 000 ms ✅" in out and "history.jsonl, line 4, is left out: not JSON" in err
    assert main(["history", "--reports", str(tmp_path), "--scenario", "herd"]) == 0
    assert "no such run" in capsys.readouterr().out
    assert main(["history", "--reports", str(tmp_path), "--json"]) == 0
    assert [json.loads(text)["run"] for text in capsys.readouterr().out.splitlines()] == [
        "run-000",
        "run-001",
        "run-002",
    ]
    assert main(["history", "--reports", str(tmp_path / "none")]) == 2


def test_a_run_is_pinned_listed_replaced_and_unpinned(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--reports", str(reports)]
    assert main(["baseline", str(reports / name(0))]) == 0 and main(["baseline", name(1), *where]) == 0
    assert f"{name(1)}, instead of {name(0)}" in capsys.readouterr().out
    assert [pin.run for pin in baseline.read(reports)] == [name(1)]
    assert main(["history", *where]) == 0
    (row,) = [row for row in capsys.readouterr().out.splitlines() if row.endswith("baseline")]
    assert name(1) in row
    assert main(["baseline", *where]) == 0 and name(1) in capsys.readouterr().out
    assert main(["baseline", name(0), "--unpin", *where]) == 2
    assert f"pinned: {name(1)}" in capsys.readouterr().err
    assert main(["baseline", str(reports / name(1)), "--unpin"]) == 0 and baseline.read(reports) == []
    assert main(["baseline", *where]) == 0 and "no run is pinned" in capsys.readouterr().out


def test_a_run_whose_folder_is_gone_is_pinned_from_the_history(tmp_path: Path) -> None:
    store.append(tmp_path, line(4, x=1.0))
    assert main(["baseline", "run-004", "--reports", str(tmp_path)]) == 0
    assert baseline.read(tmp_path) == [line(4, x=1.0)]


@pytest.mark.parametrize(("change", "reason"), [({"outcome": "void"}, "void"), ({"fingerprint": ""}, "environment")])
def test_an_invalid_reference_run_is_refused(reports: Path, tmp_path: Path, change: dict, reason: str) -> None:
    from reznet_load.core.errors import ConfigError

    with pytest.raises(ConfigError, match=reason):
        baseline.pin(tmp_path, replace(line(1, x=1.0), **change))
    with pytest.raises(ConfigError, match="no judged value"):
        baseline.pin(tmp_path, line(1, x=None))


def test_a_pinned_run_of_another_environment_is_not_used_and_the_reason_is_said(tmp_path: Path) -> None:
    mine = replace(line(1, x=1.0), cpu="A", cores="2")
    baseline.pin(tmp_path, replace(mine, fingerprint="beef", cores="8"))
    found, refused = baseline.find(tmp_path, replace(line(2), cpu="A", cores="2"))
    assert found is None and "another environment (number of cores 8, not 2)" in refused
    baseline.pin(tmp_path, mine)
    assert baseline.find(tmp_path, line(2)) == (mine, "") and len(baseline.read(tmp_path)) == 2
    assert baseline.find(tmp_path, replace(line(3), users=100)) == (None, "")
    assert baseline.find(tmp_path, mine)[0] is None  # a run is not its own past


def test_compare_reports_worse_with_its_p_value_and_ignores_noise(
    reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", name(0), name(2), "--reports", str(reports)]) == 1
    text = capsys.readouterr().out
    (line_,) = [row for row in text.splitlines() if row.startswith("| Agent Response Time")]
    assert re.search(r"\+\d\d\.\d % \| worse \| (< )?0\.0\d+ \| share past one p95", line_)
    assert sum("| worse |" in row for row in text.splitlines()) == 3  # the requirement, and its row's median and p95
    assert main(["compare", name(2), name(0), "--reports", str(reports), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    signs = {pair["name"]: pair["sign"] for pair in found["requirements"]}
    assert signs["Agent Response Time (p95)"] == "better" and signs["API Response Time (p95)"] == "~"
    assert signs["Database Query Time (p95)"] == "" and found["refused"] == ""
    assert main(["compare", name(0), name(1), "--reports", str(reports)]) == 0
    assert "worse |" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"users": 100}, "100 users, not 50"),
        ({"scenario": "herd"}, "scenario herd, not load"),
        ({"fingerprint": "beef", "deployment": DeploymentFacts("v2")}, "another environment (dialect v2, not v1)"),
        (
            {"fingerprint": "beef", "deployment": DeploymentFacts("v1", options="--first-token 4s")},
            "target options --first-token 4s, not none",
        ),
        ({"interrupted": True}, "is interrupted"),
        ({"fingerprint": ""}, "does not say in what environment"),
    ],
)
def test_compare_concludes_nothing_across_what_differs_but_shows_the_values(
    reports: Path, tmp_path: Path, change: dict, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = made(tmp_path, 9, 1.5, **change)
    assert main(["compare", str(reports / name(0)), str(other)]) == 2
    text = capsys.readouterr().out
    assert "**No conclusion**" in text and reason in text, text
    assert "| worse |" not in text and "Agent Response Time (p95) | p95 | 1 " in text


def test_too_few_samples_are_no_answer(reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, units = builders.healthy()
    rows = {key: values[:40] if key == "CHAT agent turn" else values for key, values in rows.items()}
    short = builders.write_run(tmp_path / "short", rows, units, builders.info(fingerprint="f00d"))
    assert main(["compare", str(reports / name(0)), str(short)]) == 0
    assert "need 73, have 40" in capsys.readouterr().out


def test_if_other_rows_decide_only_disjoint_intervals_are_a_difference(reports: Path, tmp_path: Path) -> None:
    from reznet_load.report.comparison import compare
    from reznet_load.report.comparison.side import read

    rows, units = builders.healthy()
    rows["GET /health"] = np.random.default_rng(1).lognormal(np.log(60), 0.2, 330)
    other = builders.write_run(tmp_path / "other", rows, units, builders.info(fingerprint="f00d"))
    found = compare.compare(read(reports / name(0)), read(other))
    pair = next(pair for pair in found.requirements if pair.name == "API Response Time (p95)")
    assert pair.sign == "worse" and pair.p is None
    assert pair.test == "intervals: decided by GET /api/agents and GET /health"


@pytest.mark.parametrize("words", [["compare", "a", "b"], ["baseline", "gone"], ["compare", "only-one"]])
def test_a_missing_run_is_reported(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main([*words, "--reports", str(tmp_path)])
    except SystemExit as error:
        code = error.code
    assert code == 2 and "Traceback" not in capsys.readouterr().err

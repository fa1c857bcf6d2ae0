"""Each format of Locust is read into the same table, and a path names a run in any form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reznet_load.cli import main
from reznet_load.result.judged import judge_paths
from tests.result.locust.made import BOTH, FAST, GOOD, HEADER, NFR, block, judged, said, write

ENTRY = {
    "name": "/slow", "method": "GET", "last_request_timestamp": 1100.0, "start_time": 1000.0, "num_requests": 1000,
    "num_none_requests": 0, "num_failures": 10, "total_response_time": 2_000_000.0, "max_response_time": 4000.0,
    "min_response_time": 900.0, "total_content_length": 1, "response_times": {"900": 300, "2000": 500, "2600": 190, "4000": 10},
    "num_reqs_per_sec": {}, "num_fail_per_sec": {},
}  # fmt: skip


def test_locusts_json_is_judged_like_its_csvs(tmp_path: Path) -> None:
    nfr = block("p95", "< 2 s", "GET /slow") + block("throughput", "> 9 /s", "*") + block("p99.5", "< 9 s", "*")
    run = judged(write(tmp_path, json.dumps([ENTRY]), "run.json", nfr=nfr))
    assert [(v.outcome, v.value) for v in run.verdicts] == [("fail", 2600), ("pass", 9.9), ("pass", 4000)], said(run)
    assert judge_paths([str(tmp_path)])[0].outcome == "fail"


@pytest.mark.parametrize(
    ("change", "says"),
    [({"num_requests": 2000}, "1000 times for 2000 requests"), ({"num_failures": 2000}, "2000 failures of 1000"),
     ({"num_requests": "x"}, "num_requests read as"), ({"response_times": []}, "response_times read as"),
     ({"total_response_time": -1}, "total_response_time read as"),
     ({"max_response_time": float("nan")}, "max_response_time read as"),
     ({"response_times": {"x": 1000}}, "something else than times")],
)  # fmt: skip
def test_damaged_json_is_refused(tmp_path: Path, change: dict, says: str) -> None:
    run = judged(write(tmp_path, json.dumps([ENTRY | change]), "run.json"))
    assert run.exit_code == 2 and says in run.refused and "run.json" in run.refused


def test_cut_json_is_refused(tmp_path: Path) -> None:
    run = judged(write(tmp_path, json.dumps([ENTRY])[:-30], "run.json"))
    assert run.exit_code == 2 and "not whole JSON" in run.refused


def test_failures_and_exceptions_are_read_by_row_and_kind(tmp_path: Path) -> None:
    write(tmp_path, BOTH)
    (tmp_path / "run_failures.csv").write_text(
        "Method,Name,Error,Occurrences\nGET,/slow,\"HTTPError('500, really')\",3\nGET,/slow,timeout,7\n",
        encoding="utf-8",
    )
    (tmp_path / "run_exceptions.csv").write_text(
        'Count,Message,Traceback,Nodes\n2,"boom","Traceback\n  line",local\n', encoding="utf-8"
    )
    run = judged(tmp_path).run
    assert [(one.key, one.error, one.count) for one in run.failed] == [
        ("GET /slow", "timeout", 7),
        ("GET /slow", "HTTPError('500, really')", 3),
    ]
    assert [(one.message, one.count) for one in run.raised] == [("boom", 2)]


@pytest.mark.parametrize("name", ["run_failures.csv", "run_exceptions.csv", "run_stats_history.csv"])
def test_a_file_next_to_the_stats_names_their_run(tmp_path: Path, name: str) -> None:
    heads = {"run_failures.csv": "Method,Name,Error,Occurrences", "run_exceptions.csv": "Count,Message,Traceback,Nodes",
             "run_stats_history.csv": "Timestamp,User Count,Type,Name,Requests/s"}  # fmt: skip
    write(tmp_path, GOOD)
    (tmp_path / name).write_text(f"{heads[name]}\n", encoding="utf-8")
    run = judged(tmp_path / name)
    assert run.outcome == "pass" and f"{name} is the" in said(run)
    (tmp_path / "run_stats.csv").unlink()
    assert "run_stats.csv is not next to it" in judged(tmp_path / name).refused


def test_a_folder_is_judged_by_what_its_files_are_and_not_by_their_names(tmp_path: Path) -> None:
    write(tmp_path, BOTH, "report of tuesday.csv")
    write(tmp_path, GOOD, "z_stats.csv")
    write(tmp_path, "id,price\n1,2\n", "prices.csv")
    write(tmp_path, "Timestamp,User Count,Type,Name,Requests/s\n", "a_stats_history.csv")
    runs = judge_paths([str(tmp_path)])
    assert [(Path(run.name).name, run.outcome) for run in runs] == [("report of tuesday", "fail"), ("z", "pass")]


def test_a_stats_file_that_cannot_be_read_is_a_run_and_not_left_out(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "a_stats.csv")
    write(tmp_path, "", "b_stats.csv")
    runs = judge_paths([str(tmp_path)])
    assert [run.outcome for run in runs] == ["pass", "unjudged"] and "b_stats.csv: empty" in runs[1].refused


@pytest.mark.parametrize(
    "form", ["{}", "{}/run", "{}/run_", "{}/run_stats.csv", "{}/*_stats.csv", "{}/*.csv", "{}/r?n*"]
)
def test_every_form_of_a_path_finds_the_run(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "with [brackets] and *"
    write(folder, BOTH)
    (folder / "run_failures.csv").write_text("Method,Name,Error,Occurrences\n", encoding="utf-8")
    wild = form not in ("{}", "{}/run", "{}/run_", "{}/run_stats.csv")
    (run,) = judge_paths([form.format(str(tmp_path / "with*" if wild else folder))])
    assert run.outcome == "fail" and run.name.endswith("/run")


def test_a_run_that_two_paths_name_is_judged_once(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    assert len(judge_paths([str(tmp_path), str(path), str(tmp_path / "run")])) == 1


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nowhere", "the runs there are"),
        ("empty", "no CSV of Locust's is there"),
        ("nfr.toml", "line 1: no column"),
        ("*.nothing", "not there"),
    ],
)
def test_a_path_without_a_run_says_what_is_there(tmp_path: Path, path: str, says: str) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "empty").mkdir()
    run = judged(tmp_path / path)
    assert (run.outcome, run.exit_code) == ("unjudged", 2) and says in run.refused, run.refused


def test_the_worst_of_several_decides(tmp_path: Path) -> None:
    good, bad = write(tmp_path / "a", GOOD), write(tmp_path / "b", BOTH)
    damaged = write(tmp_path / "c", GOOD[:-9])
    few = write(tmp_path / "d", f"{HEADER}\n{FAST.replace('1000,0', '60,0')}\n")
    assert main(["judge", str(good)]) == 0
    assert main(["judge", str(good), str(few)]) == 0 and main(["judge", "--strict", str(good), str(few)]) == 1
    assert main(["judge", str(few), str(damaged)]) == 2 and main(["judge", str(damaged), str(bad), str(good)]) == 1


def test_requirements_given_win_over_those_next_to_the_csvs(tmp_path: Path) -> None:
    path = write(tmp_path, BOTH)
    (tmp_path / "kind.toml").write_text(NFR.replace("< 1 s", "< 9 s"), encoding="utf-8")
    assert main(["judge", str(path)]) == 1 and main(["judge", str(path), "--nfr", str(tmp_path / "kind.toml")]) == 0
    assert main(["judge", str(path), "--nfr", str(tmp_path / "none.toml")]) == 2


@pytest.mark.parametrize(
    ("nfr", "says"),
    [("x", "not a TOML file"), ("", "no [[nfr]] block"), ('[[nfr]]\nstatistic = "p95"\nlimit = "< 1 s"\n', "'rows' is missing"),
     (block("p100", "< 1 s", "*"), "statistic read as 'p100'"), (block("p95", "1 s", "*"), "limit: read '1 s'"),
     (block("throughput", "> 5 ms", "*"), "expected a limit in /s for throughput")],
)  # fmt: skip
def test_bad_requirements_say_file_and_block(
    tmp_path: Path, nfr: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "nfr.toml").write_text(nfr, encoding="utf-8")
    run = judged(tmp_path)
    assert run.exit_code == 2 and says in run.refused and "nfr.toml" in run.refused
    assert main(["judge", str(tmp_path / "run"), "--nfr", str(tmp_path / "nfr.toml")]) == 2
    assert says in capsys.readouterr().err


def test_ids_and_titles_follow_from_statistic_and_rows(tmp_path: Path) -> None:
    nfr = (
        block("p95", "< 1 s", "GET /a b")
        + block("p95", "< 2 s", "GET /a b")
        + block("p50", "< 1 s", "*")
        + block("max", "< 9 s", "é", "x")
    )
    found = [(one.id, one.title) for one in judged(write(tmp_path, GOOD, nfr=nfr)).verdicts]
    assert found == [
        ("p95_get_a_b", "p95 of GET /a b"),
        ("p95_get_a_b_2", "p95 of GET /a b"),
        ("p50_all", "median of every row"),
        ("max", "largest of é and 1 more"),
    ]

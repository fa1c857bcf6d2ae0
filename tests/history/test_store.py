"""The history's file: whole lines even if a writer is killed; damaged lines are named."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from reznet_load.core.deployment import DeploymentFacts
from reznet_load.history import store
from reznet_load.history.line import to_dict
from reznet_load.result.assemble import assemble
from tests import builders
from tests.history.lines import line

_WRITER = """
import sys
from pathlib import Path
from reznet_load.history import store
from reznet_load.history.line import HistoryLine, HistoryValue
reports, writer, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
sys.stdin.readline()
for number in range(count):
    values = {f"metric_{i}": HistoryValue(float(i), row=writer * 2000) for i in range(5)}
    store.append(reports, HistoryLine(f"{writer}{number}", "t", "load", "embedded", 5, "", "pass", values=values))
"""


def test_a_line_says_when_what_where_and_each_value_with_its_interval(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    run = builders.info(
        commit="abc1234-dirty",
        deployment=DeploymentFacts("v1", commit="b0b"),
        fingerprint="f00d",
        environment={"cpu": "Z", "cores": "2"},
    )
    result = assemble(builders.write_run(tmp_path / "a", rows, units, run))
    store.append(tmp_path, store.line_of(result))
    (found,) = store.read(tmp_path).lines
    assert (found.run, found.time, found.scenario, found.users) == (run.id, run.started, "load", 50)
    assert (found.commit, found.dirty, found.backend_commit) == ("abc1234", True, "b0b")
    assert (found.fingerprint, found.cpu, found.void) == ("f00d", "Z", False)
    value = found.values["agent_response_p95"]
    assert value.outcome == "pass" and value.value and value.low and value.high
    assert value.low < value.value < value.high
    assert value.n == 200 and value.n_eff and 0 < value.n_eff <= 200 and value.row == "CHAT agent turn"
    assert found.judged == (50,) and found.first_token == pytest.approx(found.values["ttfb_mean"].value)
    assert to_dict(found)["values"]["db_query_p95"] == {
        "outcome": "pending", "value": None, "low": None, "high": None, "n": 0, "n_eff": None, "unit": "ms",
        "row": "", "sign": "", "percent": None,
    }  # fmt: skip


def test_two_runs_at_once_do_not_mix_their_lines(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, name, "40"], stdin=subprocess.PIPE, text=True) for name in "abc"]
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.close()
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    found = store.read(tmp_path)
    assert {one.run for one in found.lines} == {f"{name}{number}" for name in "abc" for number in range(40)}
    assert found.damaged == () and (tmp_path / store.FILE).read_text().count("\n") == 120


def test_the_incomplete_line_of_a_killed_writer_damages_no_other(tmp_path: Path) -> None:
    store.append(tmp_path, line(1))
    with (tmp_path / store.FILE).open("a") as file:
        file.write(json.dumps(to_dict(line(2)))[:100])
    store.append(tmp_path, line(3))
    found = store.read(tmp_path)
    assert [one.run for one in found.lines] == ["run-001", "run-003"]
    assert found.damaged == (store.DamagedLine(2, "not JSON, perhaps cut off"),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "list, expected an object"),
        ('{"run": "torn', "cut off"),
        ("\udcff{}", "cut off"),
        (json.dumps(to_dict(line(1)) | {"users": "many"}), "users read as 'many'"),
        (json.dumps(to_dict(line(1)) | {"judged": 50}), "judged read as 50, expected numbers of users"),
        (json.dumps(to_dict(line(1)) | {"first_token": "soon"}), "first_token read as 'soon', expected milliseconds"),
        (json.dumps(to_dict(line(1)) | {"mix": ["rest"]}), "mix read as ['rest'], expected users by kind"),
        (json.dumps(to_dict(line(1)) | {"mix": {"rest": "all"}}), "mix read as {'rest': 'all'}"),
        (json.dumps(to_dict(line(1)) | {"time": None}), "time read as None"),
        (json.dumps(to_dict(line(1)) | {"values": {"x": 3}}), "expected an object of objects"),
        (json.dumps(to_dict(line(1, x=123.5))).replace("123.5", "NaN"), "value read as nan, expected a finite number"),
        (json.dumps(to_dict(line(1, x=123.5))).replace("123.5", '"1"'), "value read as '1'"),
        (json.dumps(to_dict(line(1, x=1.0))).replace('"ms"', '"parsec"'), "unit read as 'parsec', expected one of ms"),
        (json.dumps(to_dict(line(1, x=1.0))).replace('"sign": ""', '"sign": 5'), "sign read as 5, expected one of ~"),
        ("[" * 100_000, ""),
    ],
)
def test_a_damaged_line_is_named_and_the_others_are_read(tmp_path: Path, text: str, reason: str) -> None:
    whole = json.dumps(to_dict(line(7))).encode()
    (tmp_path / store.FILE).write_bytes(b"\n".join([whole, text.encode(errors="surrogateescape"), b"", whole, b""]))
    found = store.read(tmp_path)
    assert [one.run for one in found.lines] == ["run-007"]
    assert [damage.number for damage in found.damaged] == [2] and reason in found.damaged[0].reason


def test_a_line_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    kept = (
        "run",
        "time",
        "scenario",
        "target",
        "users",
        "fingerprint",
        "backend_commit",
        "commit",
        "outcome",
        "values",
    )
    old = {name: value for name, value in to_dict(line(1, api_p50=2.0)).items() if name in kept}
    (tmp_path / store.FILE).write_text(json.dumps(old) + "\n", encoding="utf-8")
    assert store.read(tmp_path).lines == (replace(line(1, api_p50=2.0), mix={}),)


def test_no_history_is_an_empty_one(tmp_path: Path) -> None:
    assert store.read(tmp_path / "none") == store.History(())


def test_a_run_reported_twice_is_one(tmp_path: Path) -> None:
    for outcome in ("pass", "fail"):
        store.append(tmp_path, line(1, outcome=outcome))
    assert [one.outcome for one in store.read(tmp_path).lines] == ["fail"]

"""Locust CSVs of other projects and versions give a document or a clear error, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reznet_load.core.errors import ConfigError
from reznet_load.result.assemble import assemble
from reznet_load.result.locust_csv import read_rows

HEADER = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
    "Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
)
ROW = "GET,/api/agents,1000,0,20,22.5,3,80,512,10,0,20,25,28,30,35,40,55,60,75,80,80"
TOTAL = ROW.replace("GET,/api/agents", ",Aggregated")


def write(folder: Path, text: str | bytes, name: str = "x_stats.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (f"{HEADER}\n{ROW}\n{TOTAL}\n", ["GET /api/agents"]),
        ("\ufeff" + f"{HEADER}\r\n{ROW}\r\n", ["GET /api/agents"]),
        (
            '"Method","Name","# requests","# failures","Median response time"\n"GET","/",10,1,5\n"None","Total",10,1,5\n',
            ["GET /"],
        ),
        ("Name,Failure Count,Request Count\n/only,0,5\n", ["/only"]),
        (f"{HEADER}\n{ROW}\nGET,/tor", ["GET /api/agents"]),
        (f"{HEADER}\n{ROW.replace(',20,', ',N/A,')}\n", ["GET /api/agents"]),
        (f"{HEADER}\n", []),
        (f"{HEADER}\n{TOTAL}\n", []),
    ],
    ids=["current", "bom", "0.14", "few columns", "truncated", "not available", "no rows", "total only"],
)
def test_what_locust_has_ever_written_is_read(tmp_path: Path, text: str, keys: list[str]) -> None:
    path = write(tmp_path, text)
    assert [row.key for row in read_rows(path)] == keys
    assert assemble(tmp_path).verdicts


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("a,b,c\n1,2,3\n", "no column Name"),
        (b"\xff\xfe\x00\x01", "cannot be read"),
        ("Name\n/x\n", "Request Count"),
    ],
)
def test_what_is_no_locust_csv_is_told(tmp_path: Path, text: str | bytes, says: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError, match=says) as error:
        read_rows(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    "text",
    [f"{HEADER}\n", f"{HEADER}\n{ROW.replace('1000,0', '0,0')}\n", f"{HEADER}\n{ROW.replace('1000,0', 'inf,0')}\n",
     f'{HEADER}\n{ROW.replace("1000,0", chr(34) + "1,000" + chr(34) + ",0")}\n'],
    ids=["no rows", "no requests", "inf", "thousands"],
)  # fmt: skip
def test_csvs_that_say_nothing_are_no_pass(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    assert (assemble(tmp_path).outcome, assemble(tmp_path).exit_code) == ("unjudged", 2)


def test_more_fields_than_the_header_names_change_no_column(tmp_path: Path) -> None:
    (row,) = read_rows(write(tmp_path, f"{HEADER}\n{ROW},7,8,9\n"))
    assert (row.key, row.count, row.p50) == ("GET /api/agents", 1000, 20)


def test_a_folder_without_any_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--csv PREFIX"):
        assemble(tmp_path)
    with pytest.raises(ConfigError, match="not there"):
        assemble(tmp_path / "nowhere")


def test_counts_decide_errors_and_rounded_percentiles_their_side(tmp_path: Path) -> None:
    write(
        tmp_path,
        f"{HEADER}\n{ROW}\nGET,/slow,1000,0,2000,2100,900,4000,1,10,0,2000,2100,2200,2300,2500,2600,2700,2800,3000,4000,4000\n",
    )
    found = {verdict.id: verdict for verdict in assemble(tmp_path).verdicts}
    assert found["api_p95"].outcome == "fail" and found["api_p95"].row == "GET /slow"
    assert found["error_rate"].outcome == "pass"
    assert found["agent_response_p95"].outcome == "pending" and not found["agent_response_p95"].counts


def test_a_value_in_the_zone_of_rounding_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, f"{HEADER}\n{ROW.replace('35,40,55,60,75,80,80', '900,1000,1000,1000,1000,1000,1000')}\n")
    assert next(v for v in assemble(tmp_path).verdicts if v.id == "api_p95").outcome == "warning"


@pytest.mark.parametrize("text", ["", "junk", f"{HEADER}\n{ROW}\n"])
def test_the_command_never_shows_a_traceback(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    ended = subprocess.run(
        [sys.executable, "-m", "reznet_load", "report", str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in ended.stderr and ended.returncode in (0, 1, 2)
    assert (tmp_path / "x_stats.results.md").exists() == (text.startswith("Type"))

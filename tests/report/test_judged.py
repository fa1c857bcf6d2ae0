"""What `judge` prints and writes: documents byte for byte, JSON by its schema, JUnit, the summary of a job."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from reznet_load.cli import main
from reznet_load.report import ci
from tests.result.locust.made import BOTH, FAST, GOOD, HEADER, block, write

ROOT = Path(__file__).resolve().parents[2]
CASES = Path("tests/cases/csv")
SCHEMA = json.loads((Path(ci.__file__).parent / "judged.schema.json").read_text(encoding="utf-8"))
FEW = f"{HEADER}\n{FAST.replace('1000,0', '40,0')}\n"  # too few requests for a p95
HOSTILE = "/a|b<script>x</script>`c`**d**_e_ [f](g) \x1b[31m\u202e&lt;"


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("case", sorted(path.name for path in (ROOT / CASES).iterdir()))
def test_a_case_gives_its_document(case: str, tmp_path: Path) -> None:
    own = [] if (CASES / case / "nfr.toml").exists() else ["--nfr", "tests/cases/nfr.toml"]
    main(["judge", str(CASES / case), *own, "--out", str(tmp_path)])
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(tmp_path.glob("*_verdicts.md")))
    golden = CASES / case / "answer.md"
    if os.environ.get("REZNET_LOAD_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert not re.search(r"\b(None|nan|inf)\b", text.replace("None Total", ""))


def test_json_follows_its_schema_whatever_was_judged(tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    out = tmp_path / "all.json"
    paths = [str(CASES / case.name) for case in (ROOT / CASES).iterdir()]
    code = main(["judge", *paths, str(tmp_path / "nowhere"), "--nfr", "tests/cases/nfr.toml", "--json", str(out)])
    found = json.loads(out.read_text(encoding="utf-8"))
    jsonschema.validate(found, SCHEMA)
    assert code == found["exit_code"] == 1 and found["outcome"] == "fail"
    assert found["runs"][-1]["refused"] and found["runs"][-1]["outcome"] == "unjudged"
    main(["judge", paths[0], "--compare", paths[0], "--json", str(out)])
    jsonschema.validate(json.loads(out.read_text(encoding="utf-8")), SCHEMA)


def test_json_on_stdout_leaves_the_table_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", str(write(tmp_path, GOOD)), "--json", "-"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["outcome"] == "pass" and "Pass" in err


@pytest.mark.parametrize(
    ("text", "strict", "kinds"),
    [(GOOD, False, []), (BOTH, False, ["failure", "failure"]), (GOOD[:-40], False, ["error", "error"]),
     (FEW, False, []), (FEW, True, ["failure"])],
    ids=["pass", "fail", "damaged", "warning", "warning with --strict"],
)  # fmt: skip
def test_junit_says_what_failed_and_what_could_not_be_judged(
    tmp_path: Path, text: str, strict: bool, kinds: list[str]
) -> None:
    nfr = block("p95", "< 1 s", "*") + block("p50", "< 200 ms", "*")
    out = tmp_path / "junit.xml"
    main(["judge", str(write(tmp_path, text, nfr=nfr)), "--junit", str(out), *(["--strict"] if strict else [])])
    (suite,) = ElementTree.parse(out).getroot()
    found = [child.tag for case in suite for child in case if child.tag in ("failure", "error", "skipped")]
    assert found == kinds
    assert [suite.get(name) for name in ("tests", "failures", "errors")] == [
        "2", str(kinds.count("failure")), str(kinds.count("error"))
    ]  # fmt: skip


def test_hostile_names_break_no_table_no_terminal_and_no_xml(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = '"' + HOSTILE.replace('"', '""') + '"'
    path = write(tmp_path, BOTH.replace("/slow", name))
    (tmp_path / "run_failures.csv").write_text(
        f'Method,Name,Error,Occurrences\nGET,{name},"bad | <b>\x07",10\n', encoding="utf-8"
    )
    files = {one: str(tmp_path / one) for one in ("j.json", "j.xml", "s.md")}
    words = [
        "judge",
        str(path),
        "--out",
        str(tmp_path),
        "--json",
        files["j.json"],
        "--junit",
        files["j.xml"],
        "--summary",
        files["s.md"],
    ]
    assert main(words) == 1
    shown = capsys.readouterr().out
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", shown) and "\\x1b[31m" in shown
    for text in ((tmp_path / "run_verdicts.md").read_text("utf-8"), Path(files["s.md"]).read_text("utf-8")):
        assert "<script>" not in text and "\x1b" not in text and "\\`c\\`" in text
        tables = [table.splitlines() for table in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)]
        assert tables
        for table in tables:
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1
    ElementTree.parse(files["j.xml"])
    rows = json.loads(Path(files["j.json"]).read_text("utf-8"))["runs"][0]["rows"]
    assert "GET " + " ".join(HOSTILE.split()) in [row["row"] for row in rows]  # data as it is


def test_without_out_nothing_is_written(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    before = sorted(tmp_path.iterdir())
    assert main(["judge", str(tmp_path)]) == 0
    assert sorted(tmp_path.iterdir()) == before


def test_report_hands_a_folder_of_csvs_to_judge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, BOTH)
    assert main(["report", str(tmp_path)]) == 1
    assert "GET /slow" in capsys.readouterr().out and (tmp_path / "run_verdicts.md").exists()


def test_an_output_error_is_reported_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, GOOD)
    for option in ("--out", "--json", "--junit", "--summary"):
        assert main(["judge", str(path), option, str(path / "below")]) == 2
        assert option in capsys.readouterr().err


def test_the_header_takes_the_fields_of_the_report_table(tmp_path: Path) -> None:
    write(tmp_path, GOOD, nfr='[report]\nissue = "#7 | shop"\nteam = "web"\n' + block("p95", "< 1 s", "*"))
    main(["judge", str(tmp_path), "--out", str(tmp_path)])
    text = (tmp_path / "run_verdicts.md").read_text("utf-8")
    assert "- **Issue**: #7 &#124; shop" in text and "- **Team**: web" in text


def test_the_document_says_nothing_of_what_the_project_does_not_have(tmp_path: Path) -> None:
    write(tmp_path, BOTH)
    main(["judge", str(tmp_path), "--out", str(tmp_path)])
    text = (tmp_path / "run_verdicts.md").read_text("utf-8")
    assert not re.search(r"agent|redis|postgres|\bmake\b|socket", text, re.IGNORECASE)
    assert len(text.splitlines()) < 60


@pytest.mark.parametrize("text", ["", "junk", GOOD, "\x00", HEADER])
def test_the_command_never_shows_a_traceback(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    ended = subprocess.run(
        [sys.executable, "-m", "reznet_load", "judge", str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in ended.stderr and ended.returncode in (0, 2)


def test_a_first_nfr_file_is_written_and_its_own_run_meets_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = '"/a ""q"" {x} * [1]\\"'
    path = write(tmp_path, BOTH.replace("/slow", name), nfr="")
    assert main(["judge", str(path)]) == 2 and "reznet-load nfr" in capsys.readouterr().out
    assert main(["nfr", str(path)]) == 0
    assert main(["judge", str(path)]) == 0
    assert main(["nfr", str(path)]) == 2 and "is there already" in capsys.readouterr().err


def test_a_first_nfr_file_of_a_broken_row_fails_until_the_row_is_repaired(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = FAST.replace("/fast", "/gone").replace("1000,0", "1000,1000").replace("10,0,20", "10,10,20")
    path = write(tmp_path, f"{HEADER}\n{FAST}\n{gone}\n", nfr="")
    assert main(["nfr", str(path)]) == 0
    made = (tmp_path / "nfr.toml").read_text(encoding="utf-8")
    assert "repair the row" in made and "< 100 %" not in made and made.count('rows = ["GET /gone"]') == 1
    assert main(["judge", str(path)]) == 1 and "1000 of 1000 failed" in capsys.readouterr().out


def test_stdin_is_judged(tmp_path: Path) -> None:
    write(tmp_path, BOTH)
    ended = subprocess.run(
        [sys.executable, "-m", "reznet_load", "judge", "-", "--nfr", str(tmp_path / "nfr.toml")],
        input=BOTH.encode(), capture_output=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1 and b"GET /slow" in ended.stdout

"""CONTRIBUTING.md names existing places, and a newcomer needs no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reznet_load.report.render import render
from reznet_load.result.assemble import judge_folder
from tests import builders

ROOT = Path(__file__).resolve().parent.parent
# In backticks, with a folder or a suffix; `<name>` stands for any.
_PATH = re.compile(r"`([\w<>./-]+(?:/|\.(?:py|toml|md|j2|txt|json)))`")
_MOST = {"a requirement": 2, "a probe": 3, "a kind of user": 3, "another chat backend": 2}  # files, tests aside
_LATER = {"SUMMARY.md", "run.json", "result.json"}  # of a run folder


def test_each_place_is_there() -> None:
    named = set(_PATH.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    assert len(named) > 30
    patterns = {name: re.sub(r"<\w+>", "*", name) for name in named - _LATER}
    assert {name for name, pattern in patterns.items() if not _there(pattern)} == set()


@pytest.mark.parametrize("what", _MOST)
def test_a_frequent_addition_names_few_files_and_the_test_that_proves_it(what: str) -> None:
    (line,) = re.findall(rf"^\| {what} \| (.*) \|$", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
    places, files, proof = re.split(r"(?<!\\) \| ", line)
    assert int(files.split()[0]) == _MOST[what] and (ROOT / proof.strip("`")).is_file()
    edited = [one for one in _PATH.findall(places) if one != "chat/dialect.py" and not one.startswith("tests/d")]
    assert len({one for one in edited if not one.startswith("tests/t")}) <= _MOST[what], edited


def test_a_requirement_is_one_block_and_its_line_is_in_the_document(tmp_path: Path) -> None:
    folder = builders.write_run(tmp_path / "run", *builders.healthy())
    block = '[[nfr]]\nid = "slowest_ping"\ntitle = "Slowest Ping"\nsection = 6\n'
    block += 'statistic = "max"\nlimit = "< 9 s"\nrows = ["CHAT ping"]\n'
    with (folder / "nfr.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{block}")
    assembled = judge_folder(folder)
    assert [one.outcome for one in assembled.result.verdicts if one.id == "slowest_ping"] == ["pass"]
    assert "Slowest Ping" in render(assembled)


def _there(pattern: str) -> bool:
    return any(True for base in (ROOT, ROOT / "reznet_load") for _ in base.glob(pattern))

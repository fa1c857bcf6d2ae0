"""Every number of a requirement comes from the run's own requirements: with changed limits no shipped one appears."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from reznet_load.core.nfr import load_requirements
from reznet_load.core.system.resources import resource
from reznet_load.report.comparison.compare import compare
from reznet_load.report.comparison.document import as_markdown
from reznet_load.report.comparison.side import read
from reznet_load.report.console import table
from reznet_load.report.pooling_document import TriedPool, write
from reznet_load.report.publish import publish
from reznet_load.report.render import render, render_capacity
from reznet_load.result.assemble import judge_folder
from tests import builders

_TESTS = Path(__file__).resolve().parents[1]
GOLDEN, RUNS = _TESTS / "golden", _TESTS / "golden_runs"
# Odd numbers of the unit of each limit, so that no measured value looks like one of them.
ODD = {"ms": "7777", "s": "77.77", "%": "77.7", "users": "83", "MB": "7777", "connections": "7777"}
_LIMIT = re.compile(r'^limit = "([<>]=?) [\d.]+ (\S+)"$', re.MULTILINE)


def changed(text: str) -> str:
    """An nfr.toml with every limit changed and nothing else."""
    made = _LIMIT.sub(lambda found: f'limit = "{found[1]} {ODD[found[2]]} {found[2]}"', text)
    return made


def shipped() -> set[str]:
    """The ways in which a document may write the shipped limits."""
    limits = [block["limit"] for block in tomllib.loads(resource("nfr.toml").read_text())["nfr"]]
    numbers = [limit.split() for limit in limits]
    ways = {f"{operator} {number} {unit}" for operator, number, unit in numbers}
    ways |= {f"{operator} {number}{unit}" for operator, number, unit in numbers}
    ways |= {"60%+", "100 (Phase 2)", "100 concurrent", "USERS=100", "Try 100", "100 not tried", "no run with 100"}
    return ways


def left_over(text: str) -> list[str]:
    return sorted(way for way in shipped() if way in text)


def folders(home: Path) -> list[Path]:
    """Every golden folder, made under today's nfr.toml with changed limits."""
    nfr = changed(resource("nfr.toml").read_text())
    found = [Path(shutil.copytree(path, home / path.name)) for path in sorted(GOLDEN.iterdir()) if path.is_dir()]
    for packed in sorted(RUNS.glob("*.tar.xz")):
        shutil.unpack_archive(packed, home / packed.name)
        found.append(next((home / packed.name).rglob("run.json")).parent)
    for folder in found:
        (folder / "nfr.toml").write_text(nfr)
    return found


def test_no_document_and_no_console_shows_a_limit_that_is_not_the_runs(tmp_path: Path) -> None:
    for folder in folders(tmp_path):
        run = judge_folder(folder)
        texts = {"document": render(run), "console": table(run.result)}
        if run.result.capacity is not None:
            texts["capacity"] = render_capacity(run)
        assert {name: found for name, text in texts.items() if (found := left_over(text))} == {}, folder.name
        assert "Agent Response Time (p95) < 77.77 s" in texts["document"]


def test_the_comparison_shows_no_shipped_limit(tmp_path: Path) -> None:
    by_name = {folder.name: folder for folder in folders(tmp_path)}
    text = as_markdown(compare(read(by_name["healthy"]), read(by_name["failing"])))
    assert left_over(text) == []


def test_the_comparison_of_pools_shows_no_shipped_limit(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    folder = builders.write_run(tmp_path / "run", rows, units)
    (folder / "nfr.toml").write_text(changed(resource("nfr.toml").read_text()))
    publish(folder, new=False)
    path, _ = write(tmp_path, [TriedPool(5, folder), TriedPool(10, None, "no run")], "reznet-load pooling")
    assert left_over(path.read_text()) == []


@pytest.mark.parametrize(
    ("overlay", "title", "target"),
    [
        ('id = "concurrent_users"\nlimit = ">= 37 users"', "Concurrent Users", "37 (Phase 2)"),
        ('id = "agent_response_p95"\nstatistic = "p99"\nlimit = "< 5 s"', "Agent Response Time (p99)", "< 5 s"),
        ('id = "compression"\nlimit = "> 50 %"', "WebSocket Compression Negotiated", "> 50 %"),
    ],
)
def test_words_of_the_shipped_file_are_adjusted_to_changed_limits(
    tmp_path: Path, overlay: str, title: str, target: str
) -> None:
    (tmp_path / "own.toml").write_text(f"[[nfr]]\n{overlay}\n")
    found = load_requirements(resource("nfr.toml"), tmp_path / "own.toml")
    assert (title, target) in {(nfr.title, nfr.target_text) for nfr in found.nfrs}

"""Pages of every kind, made from run folders, for a browser, a validator and axe to judge."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.phases.outages import outage
from reznet_load.report.comparison.compare import compare
from reznet_load.report.comparison.side import read
from reznet_load.report.html.parts.comparison_part import comparison_page
from reznet_load.report.html.render import render_capacity_page, render_page, written
from reznet_load.report.publish import publish
from reznet_load.result.assemble import judge_folder
from tests.history.folders import made, searched

RUNS = Path(__file__).resolve().parent.parent / "golden_runs"
GOLDEN = ("failing", "load-v1", "soak", "spike", "stress", "void")


def golden(name: str, home: Path) -> Path:
    """The page of a kept run."""
    shutil.unpack_archive(RUNS / f"{name}.tar.xz", home)
    return _saved(home / f"{name}.html", render_page(judge_folder(home / name)))


def with_history(home: Path) -> Path:
    """The page of a run after fourteen, the last five at a new level, in which PostgreSQL was cut off."""
    for number in range(14):
        publish(made(home, number, 1.0 if number < 10 else 2.0), new=True)
    folder = made(home, 14, 2.0)
    info = judge_folder(folder).result.info
    begin = info.phases[0].start
    cut = outage("postgres", begin + 50, begin + 60, begin + 70, 50).phases
    run_folder.write_info(folder, replace(info, phases=(*info.phases, *cut)))
    return _saved(home / "history.html", render_page(judge_folder(folder, new=True)))


def of_a_search(home: Path) -> Path:
    """`capacity.html`."""
    return _saved(home / "capacity.html", render_capacity_page(judge_folder(searched(home, 1, 50, 100))))


def of_two_runs(home: Path) -> Path:
    """`comparison.html` of a run and one with agents twice as slow."""
    sides = [read(made(home, number, slower)) for number, slower in ((1, 1.0), (2, 2.0))]
    return _saved(home / "comparison.html", written(comparison_page(compare(*sides), *sides)))


def all_pages(home: Path) -> dict[str, Path]:
    """Each by its name."""
    pages = {name: golden(name, home) for name in GOLDEN}
    makers = {"history": with_history, "capacity": of_a_search, "comparison": of_two_runs}
    for name, make in makers.items():
        (home / f"runs-{name}").mkdir()
        pages[name] = make(home / f"runs-{name}")
    return pages


def _saved(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path

"""The page of a run: one file, offline, with everything a reader without JavaScript needs."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from reznet_load.report.html.frame import Band
from reznet_load.report.html.pictures import FOLDER, write_files
from reznet_load.report.html.render import render_page, timeline_of
from reznet_load.report.html.small import bar, interval
from reznet_load.report.html.svg import ChartLine, lines
from reznet_load.report.view import view_of
from reznet_load.result.assemble import AssembledRun, judge_folder
from tests import builders

RUNS = Path(__file__).resolve().parent.parent / "golden_runs"
NAMES = sorted(path.name.removesuffix(".tar.xz") for path in RUNS.glob("*.tar.xz"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, AssembledRun]:
    home = tmp_path_factory.mktemp("runs")
    for name in NAMES:
        shutil.unpack_archive(RUNS / f"{name}.tar.xz", home)
    return {name: judge_folder(home / name) for name in NAMES}


class Tags(HTMLParser):
    """Whether every element that is opened is closed, and what the page asks for."""

    VOID = frozenset({"meta", "link", "br", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.asked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.asked += [value or "" for name, value in attrs if name in ("src", "href") and value != "data:,"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def data_of(page: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])  # type: ignore[index]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_complete_and_loads_nothing(name: str, runs: dict[str, AssembledRun]) -> None:
    page = render_page(runs[name])
    tags = Tags()
    tags.feed(page)
    assert tags.wrong == [] and tags.open == [] and tags.asked == []
    assert len(page.encode()) < 200_000
    found = data_of(page)
    assert all(len(row["ok"]) == len(found["x"]) for row in found["rows"].values())
    assert f"<strong>{runs[name].result.outcome.upper()}</strong>" in page
    for verdict in runs[name].result.verdicts:
        assert verdict.title in page


def test_a_load_run_takes_less_than_150_kb(runs: dict[str, AssembledRun]) -> None:
    assert len(render_page(runs["load-v1"]).encode()) < 150_000


def test_the_time_line_counts_what_the_rows_count(runs: dict[str, AssembledRun]) -> None:
    run = runs["failing"]
    timeline = timeline_of(run)
    assert timeline is not None
    phases = run.result.info.phases
    for key, times in timeline.rows.items():
        rows = [row for row in run.result.rows if row.key == key]
        assert abs(sum(times.ok) - sum(row.count for row in rows)) <= 1 and len(phases) == 2
        assert abs(sum(times.failed) - sum(row.failures for row in rows)) <= 1
    failed = sum(sum(times.failed) for times in timeline.rows.values())
    assert sum(map(sum, timeline.failures.values())) == failed > 0


def test_a_run_of_two_hours_has_coarser_bins(tmp_path: Path) -> None:
    seconds = 7200.0
    rows, units = builders.healthy(seconds)
    rows["GET /health"] = np.random.default_rng(1).lognormal(1, 0.5, 40_000)
    folder = builders.write_run(tmp_path / "run", rows, units, builders.info(seconds=seconds))
    page = render_page(judge_folder(folder))
    assert data_of(page)["bin"] == 15 and len(page.encode()) < 1_500_000


def test_backend_text_is_never_markup_on_the_page(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    evil = "</script><script>alert(1)</script><img src=http://evil.example/x>"
    failed = {"CHAT agent turn": (np.arange(200) % 2 == 0, evil)}
    page = render_page(judge_folder(builders.write_run(tmp_path / "run", rows, units, errors=failed)))
    assert "<script>alert" not in page and "<img" not in page
    assert any("alert(1)" in kind for kind in data_of(page)["failures"])


def test_a_run_without_samples_has_its_verdicts(tmp_path: Path) -> None:
    folder = builders.write_run(tmp_path / "run", {}, {})
    page = render_page(judge_folder(folder))
    assert ">Timeline<" not in page and ">Outcome<" in page and "<script" not in page


@pytest.mark.parametrize("name", ["failing", "spike"])
def test_charts_are_standalone_files(name: str, runs: dict[str, AssembledRun], tmp_path: Path) -> None:
    run = runs[name]
    timeline = timeline_of(run)
    assert timeline is not None
    written = write_files(tmp_path, view_of(run), timeline)
    assert f"{FOLDER}/latency.svg" in written
    for name in written:
        text = (tmp_path / name).read_text()
        ElementTree.fromstring(text)
        assert "prefers-color-scheme:dark" in text and "http" not in text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    "chart",
    [
        lines("t <&>", [0.0, 1.0, 2.0], [ChartLine("a & b", [None, 1.0, None])], 3.0, [Band(0, 9)]),
        lines("nothing", [0.0], [ChartLine("a", [None])]),
        interval("v", 0.0, None, None, 5.0, True, "pass"),
        interval("v", 500.0, 400.0, 600.0, 5.0, False, "fail"),
        bar("shares", [("<network>", 0.4), ("database", 99.6)]),
    ],
)
def test_every_chart_is_valid_xml(chart: str) -> None:
    assert "NaN" not in chart and "inf" not in chart
    ElementTree.fromstring(chart)


def test_a_limit_far_from_all_values_stays_in_the_picture(runs: dict[str, AssembledRun]) -> None:
    run = runs["load-v1"]
    slow = replace(run.result.verdicts[0], value=1e9, low=1e9, high=1e9)
    page = render_page(replace(run, result=replace(run.result, verdicts=(slow, *run.result.verdicts[1:]))))
    assert all(float(x) <= 240 for x in re.findall(r'class="\w+ dot" cx="([\d.]+)"', page))


def test_the_page_begins_with_the_first_screen(runs: dict[str, AssembledRun]) -> None:
    page = render_page(runs["failing"])
    head = page[page.index('<h2 id="outcome">') : page.index('<h2 id="timeline">')]
    assert "15 of 66 failed" in head and "“{&#39;type&#39;: &#39;error&#39;" in head and "FailedKind" not in page
    assert head.index("Top problems") < head.index("did not pass") < head.index("What this run cannot say")

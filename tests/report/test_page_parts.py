"""Sections of the pages: moments, history, a search's capacity, two runs compared; and a whole load run's size."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reznet_load.cli import main
from reznet_load.core import folder as run_folder
from reznet_load.core.phases.outages import outage
from reznet_load.core.profile import Phase
from reznet_load.report.comparison.compare import compare
from reznet_load.report.comparison.side import read
from reznet_load.report.html.moments import moments
from reznet_load.report.html.parts.comparison_part import comparison_page
from reznet_load.report.html.render import render_capacity_page, render_page, timeline_of, written
from reznet_load.report.publish import publish
from reznet_load.result.assemble import AssembledRun, judge_folder
from tests import builders
from tests.history.folders import made, searched

NUMBER = r"[\d.]+"


def data_of(page: str) -> dict[str, Any]:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])  # type: ignore[index]


def section(page: str, name: str) -> str:
    return re.search(rf'<section aria-labelledby="{name}">.*?</section>', page, re.S)[0]  # type: ignore[index]


def said(run: AssembledRun) -> list[tuple[float, str]]:
    timeline = timeline_of(run)
    assert timeline is not None
    return [(one.at, one.text) for one in moments(run.result, timeline)]


def test_an_outage_is_marked_in_every_chart(tmp_path: Path) -> None:
    rows, units = builders.healthy(60)
    info = builders.info()
    origin = info.phases[0].start
    cut = outage("postgres", origin + 70, origin + 80, origin + 95, 50).phases
    folder = builders.write_run(tmp_path / "run", rows, units, replace(info, phases=(*info.phases, *cut)))
    run = judge_folder(folder)
    assert said(run)[:2] == [(70.0, "PostgreSQL cut off"), (80.0, "PostgreSQL given back")]
    page = render_page(run)
    assert data_of(page)["moments"][:2] == [[70, "PostgreSQL cut off"], [80, "PostgreSQL given back"]]
    assert data_of(page)["away"] == [[70, 80]]
    timeline = section(page, "timeline")
    assert "<li>1:10 PostgreSQL cut off</li>" in timeline and "<li>1:20 PostgreSQL given back</li>" in timeline
    static = re.search(r"<noscript>.*?</noscript>", timeline, re.S)[0]  # type: ignore[index]
    assert 'class="moment"' in static and 'class="away"' in static and ">PostgreSQL cut off<" in static


@pytest.mark.parametrize(("seconds", "lost"), [(60, []), (30, [(39.0, "a worker was lost")])])
def test_a_worker_whose_readings_end_early_is_marked(seconds: int, lost: list, tmp_path: Path) -> None:
    rows, units = builders.healthy(60)
    folder = builders.write_run(tmp_path / "run", rows, units, builders.info(workers=2), worker="one")
    readings = {"GAUGE loop lag": np.ones(seconds), "GAUGE sockets": np.full(seconds, 25.0)}
    builders.write_samples(folder, readings, seconds, {"GAUGE sockets": "users"}, worker="two")
    found = [(float(round(at)), text) for at, text in said(judge_folder(folder))]
    assert found == [(40.0, text) for _, text in lost]


def test_the_knee_is_marked_where_its_users_were_reached(tmp_path: Path) -> None:
    rows, units = builders.healthy(60)
    run = judge_folder(builders.write_run(tmp_path / "run", rows, units))
    begin = run.result.info.phases[0].start
    held = [Phase(f"step {users}", begin + at, begin + at + 20, users, True) for users, at in ((50, 10), (80, 40))]
    knee = replace(run.result.verdicts[0], id="knee", value=None, low=50.0, high=80.0)
    result = replace(
        run.result, behaviour=(knee,), info=replace(run.result.info, phases=(run.result.info.phases[0], *held))
    )
    assert said(replace(run, result=result)) == [(40.0, "knee: between 50 and 80 users")]
    open_ = replace(knee, high=None)
    assert said(replace(run, result=replace(result, behaviour=(open_,)))) == []


def test_a_load_run_of_full_length_with_failures_takes_less_than_150_kb(tmp_path: Path) -> None:
    rows, units = builders.healthy(60)
    rng = np.random.default_rng(3)
    more = ("/api/agents/{id}", "/api/channels", "/api/channels/{id}", "/api/channels/{id}/messages")
    rows |= {f"GET {path}": rng.lognormal(1, 0.5, 400) for path in more} | {"CHAT connect": rng.lognormal(3, 0.5, 50)}
    names = ("target cpu", "postgres cpu", "redis cpu", "database connections", "database connections active",
             "events received", "running users", "open sockets", "turns in flight", "target memory")  # fmt: skip
    rows |= {f"GAUGE {name}": rng.uniform(0, 200, 60) for name in names}
    failed = {key: (rng.random(len(rows[key])) < 0.1, f"failure of {key}: {'x' * 60}") for key in list(rows)[:6]}
    page = render_page(judge_folder(builders.write_run(tmp_path / "run", rows, units, errors=failed)))
    assert len(data_of(page)["x"]) == 70 and len(data_of(page)["rows"]) >= 10
    assert len(page.encode()) < 150_000


def test_the_order_is_outcome_timeline_rows_beyond_time_history_details(tmp_path: Path) -> None:
    for number in range(3):
        publish(made(tmp_path, number), new=True)
    page = render_page(judge_folder(made(tmp_path, 3, 1.2), new=True))
    order = re.findall(r'<section aria-labelledby="(\w+)">', page)
    expected = ["outcome", "timeline", "rows", "steps", "beyond", "time", "history", "cautions", "details"]
    assert order == [name for name in expected if name in order] and {"timeline", "history", "details"} <= set(order)


def test_history_shows_values_with_intervals_commits_and_the_run_at_which_a_new_level_begins(tmp_path: Path) -> None:
    for number in range(10):
        publish(made(tmp_path, number), new=True)
    for number in range(10, 14):
        publish(made(tmp_path, number, slower=2.0), new=True)
    run = judge_folder(made(tmp_path, 14, slower=2.0), new=True)
    assert any(one.kind == "regression" and one.since == "b010" for one in run.result.regressions)
    history = section(render_page(run), "history")
    part = history[history.index("<h3>Agent Response Time") :]
    picture = part[: part.index("</svg>")]
    assert picture.count("<circle") == 15 and "▲" in picture
    assert len(re.findall(rf'<line class="(?:pass|fail|warning)" x1="({NUMBER})" y1="{NUMBER}" x2="\1"', picture)) == 15
    assert ">new level since b010<" in picture
    between = [float(x) for x in re.findall(rf'<line class="moment" x1="({NUMBER})"', picture)]
    places = [float(x) for x in re.findall(rf'<circle class="\w+ mark" cx="({NUMBER})"', picture)]
    assert len(between) == 1 and places[9] < between[0] < places[10]
    assert "<td>b010</td>" in part and "regression since b010" in part


def test_a_search_has_a_page_of_its_own(tmp_path: Path) -> None:
    folder = searched(tmp_path, 1, 50, 100)
    publish(folder, new=False)
    page = (folder / "capacity.html").read_text(encoding="utf-8")
    assert re.findall(r'<section aria-labelledby="(\w+)">', page)[:3] == ["capacity", "steps", "answer"]
    assert section(page, "steps").count("<circle") == 6 and "N* = (Z + Rmin)" in page
    assert "<script" not in page and page.count("<h1>") == 1
    assert page == render_capacity_page(judge_folder(folder))
    places = re.findall(
        r"<li><code>([\w.]+)</code>", section((folder / "report.html").read_text(encoding="utf-8"), "details")
    )
    assert {"CAPACITY.md", "capacity.html", "result.json"} <= set(places)
    assert all((folder / name).exists() for name in places)


def test_a_comparison_has_a_page_with_both_intervals_and_both_distributions(tmp_path: Path) -> None:
    sides = [read(made(tmp_path, number, slower)) for number, slower in ((1, 1.0), (2, 2.0))]
    found = compare(*sides)
    page = written(comparison_page(found, *sides))
    assert "B is worse in Agent Response Time (p95)" in page and "(exit 1)" in page
    row = re.search(r"<tr class=\"worse\"><th scope=\"row\">Agent Response Time.*?</tr>", page, re.S)[0]  # type: ignore[index]
    assert {f'class="{kind} dot"' in row for kind in "ab"} == {True} and 'class="limit"' in row
    assert row.count("thick") == 2
    drawn = page[page.index("<summary>CHAT agent turn") :]
    assert drawn[: drawn.index("</svg>")].count("<polyline") == 2


def test_compare_writes_its_page_and_keeps_stdout_for_the_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = made(tmp_path, 1), made(tmp_path, 2)
    assert main(["compare", str(a), str(b)]) == 0
    out, err = capsys.readouterr()
    page = (b / "comparison.html").read_text(encoding="utf-8")
    assert out.startswith("# Comparison of two runs") and "comparison.html" not in out
    assert f"page: {b / 'comparison.html'}" in err and "No requirement is proven worse or better in B." in page


def test_an_unwritable_page_does_not_affect_the_comparison(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = made(tmp_path, 1), made(tmp_path, 2)
    (b / "comparison.html").mkdir()
    assert main(["compare", str(a), str(b), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["exit_code"] == 0 and "could not be written" in err


def test_backend_names_are_never_markup_in_any_page(tmp_path: Path) -> None:
    folders = [made(tmp_path, number, target="<script>alert(1)</script>") for number in (1, 2)]
    sides = [read(folder) for folder in folders]
    pages = [written(comparison_page(compare(*sides), *sides)), render_page(judge_folder(folders[0]))]
    search = searched(tmp_path, 3, 50, 100)
    info = judge_folder(search).result.info
    run_folder.write_info(search, replace(info, target="<script>alert(1)</script>"))
    pages.append(render_capacity_page(judge_folder(search)))
    assert all("<script>alert" not in page and "alert(1)" in page for page in pages)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_numbers_are_left_out_of_charts(odd: float, tmp_path: Path) -> None:
    rows, units = builders.healthy(60)
    rows |= {"GAUGE turns in flight": np.full(60, 8.0), "CHAT echo": rows["CHAT echo"].copy()}
    rows |= {"GAUGE generator cpu": np.full(60, 70.0)}  # busy, so that remedies look at it too
    for key in ("GAUGE turns in flight", "CHAT echo", "GAUGE generator cpu"):
        rows[key][3] = odd
    page = render_page(judge_folder(builders.write_run(tmp_path / "run", rows, units)))
    assert (
        data_of(page)["gauges"]["GAUGE turns in flight"][20] == 8
        and max(data_of(page)["rows"]["CHAT echo"]["curve"]) < 100
    )
    assert not re.search(r'"[^"]*\b(nan|inf)\b[^"]*"', "".join(re.findall(r"<svg.*?</svg>", page, re.S)))

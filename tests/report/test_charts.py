"""The chart of a search: valid XML, every point inside, and the document next to it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reznet_load.core.nfr import load_requirements
from reznet_load.core.phases.steps import Step
from reznet_load.core.profile import STEP
from reznet_load.core.run import RunResult
from reznet_load.core.system.resources import resource
from reznet_load.report.capacity_document import names
from reznet_load.report.html.frame import Band
from reznet_load.report.html.points import Point, PointPanel, stacked
from reznet_load.report.html.ticks import MOST_STEPS, ticks
from reznet_load.report.publish import publish
from reznet_load.verdict.capacity.answer import capacity
from tests import builders
from tests.history.folders import searched

_SVG = "{http://www.w3.org/2000/svg}"
points = st.lists(
    st.builds(Point, st.integers(1, 100_000), st.floats(0, 1e7), st.sampled_from(["pass", "fail", "warning", "void"])),
    max_size=10,
)


@given(points, st.none() | st.floats(1, 1e5))
@example([Point(1, 5e-324, "pass")], None)
def test_every_point_lies_inside(found: list[Point], limit: float | None) -> None:
    root = ElementTree.fromstring(
        stacked([PointPanel("a < b & c", found, limit)] * 2, "users", Band(10, 20), "Title <1>")
    )
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    inner = root.findall(f"{_SVG}svg")
    assert [float(one.attrib["y"]) + float(one.attrib["height"]) <= height for one in inner] == [True, True]
    for one in inner:
        _, _, wide, high = map(float, one.attrib["viewBox"].split())
        for rect in one.findall(f"{_SVG}rect"):
            left = float(rect.attrib["x"])
            assert 0 <= left <= left + float(rect.attrib["width"]) <= wide <= width
        circles = one.findall(f"{_SVG}circle")
        assert len(circles) == len(found)
        assert all(0 <= float(c.attrib["cx"]) <= wide and 0 <= float(c.attrib["cy"]) <= high for c in circles)


@pytest.mark.parametrize(
    ("most", "least_step", "labels"),
    [
        (208.4, 0.0, ["0", "50", "100", "150", "200"]),
        (186.1, 0.0, ["0", "50", "100", "150"]),
        (7470.4, 0.0, ["0", "2 000", "4 000", "6 000"]),
        (1e6, 0.0, ["0", "200 000", "400 000", "600 000", "800 000", "1 000 000"]),
        (5.0, 0.0, ["0", "1", "2", "3", "4", "5"]),
        (0.3, 0.0, ["0", "0.1", "0.2", "0.3"]),  # 0.3 / 0.1 is less than 3
        (0.05, 0.0, ["0", "0.01", "0.02", "0.03", "0.04", "0.05"]),
        (1.12, 0.0, ["0", "0.5", "1.0"]),
        (99.9, 0.0, ["0", "20", "40", "60", "80"]),
        (2.16, 1.0, ["0", "1", "2"]),  # there is no half a user
        (1.08, 1.0, ["0", "1"]),
        (108.0, 1.0, ["0", "50", "100"]),
    ],
)
def test_ticks_are_round(most: float, least_step: float, labels: list[str]) -> None:
    assert [text for _, text in ticks(most, least_step)] == labels


@given(st.floats(1e-6, 1e9), st.sampled_from([0.0, 1.0]))
def test_ticks_stay_on_their_axis_and_do_not_overlap(most: float, least_step: float) -> None:
    most = max(most, least_step)
    found = ticks(most, least_step)
    values, labels = zip(*found, strict=True)
    assert 2 <= len(values) <= MOST_STEPS + 1 and values[0] == 0 and values[-1] <= most * (1 + 1e-6)
    assert len(set(labels)) == len(labels)
    assert all(float(text.replace(" ", "")) == pytest.approx(value, rel=1e-6) for value, text in found)


def test_a_search_has_a_document_and_a_chart_of_its_own(tmp_path: Path) -> None:
    folder = searched(tmp_path, 1, 50, 100)
    publish(folder, new=False)
    text = (folder / "CAPACITY.md").read_text(encoding="utf-8")
    assert "![Goodput and agent turn p95 over the number of users](capacity.svg)" in text
    assert text.count("| step ") == 2 and "\nAt 100 users: Concurrent Users: " in text  # 50 sockets of 100
    assert "Other numbers that did not pass" not in text  # there is no other
    assert "N* = (Z + Rmin)" in text
    assert not re.search(r"\b(None|nan|inf)\b", text)
    ElementTree.parse(folder / "capacity.svg")
    assert "| Capacity (for information) |" in (folder / "PERFORMANCE_TEST_RESULTS.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (45.0, "N* is not known: throughput grew with the users up to the end; a user of the mix asks every 15 s"),
        (5.0, "N* is not known: too few replies were counted at 80 users; a user of the mix asks every 15 s"),
    ],
)
def test_a_missing_n_star_is_explained(seconds: float, says: str) -> None:
    steps = (held(40, 45.0), held(80, seconds))
    result = RunResult("pass", 0, builders.info(), steps=steps, capacity=capacity(steps))
    facts = names(result, load_requirements(resource("nfr.toml")))["facts"]
    assert facts[0].startswith(says)


def held(users: int, seconds: float) -> Step:
    """A step that passed, each user asking every 15 s."""
    turns = users / 15
    return Step(f"step {users}", STEP, users, seconds, "pass", "", 10 * turns, turns, turns, turns, turns, 900.0, 0.0)

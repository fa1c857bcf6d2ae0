"""The chart of a search: valid XML, every point inside, and the document beside it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from reznet_load.report.charts import Panel, Point, chart
from reznet_load.report.publish import publish
from tests.history.folders import searched

_SVG = "{http://www.w3.org/2000/svg}"
points = st.lists(
    st.builds(Point, st.integers(1, 100_000), st.floats(0, 1e7), st.sampled_from(["pass", "fail", "warning", "void"])),
    max_size=10,
)


@given(points, st.none() | st.floats(1, 1e5))
def test_every_point_lies_inside(found: list[Point], limit: float | None) -> None:
    root = ElementTree.fromstring(chart([Panel("a < b & c", found, limit)] * 2, (10, 20), "Title <1>"))
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    circles = root.findall(f"{_SVG}circle")
    assert len(circles) == 2 * len(found)
    assert all(0 <= float(c.attrib["cx"]) <= width and 0 <= float(c.attrib["cy"]) <= height for c in circles)


def test_a_search_has_a_document_and_a_chart_of_its_own(tmp_path: Path) -> None:
    folder = searched(tmp_path, 1, 50, 100)
    publish(folder, new=False)
    text = (folder / "CAPACITY.md").read_text(encoding="utf-8")
    assert "![Goodput and agent turn p95 over the number of users](capacity.svg)" in text
    assert text.count("| step ") == 2 and "step 2: 100: ❌ Fail" in text  # 50 sockets of 100
    assert not re.search(r"\b(None|nan|inf)\b", text)
    ElementTree.parse(folder / "capacity.svg")
    assert "| Capacity (told, not counted) |" in (folder / "PERFORMANCE_TEST_RESULTS.md").read_text(encoding="utf-8")

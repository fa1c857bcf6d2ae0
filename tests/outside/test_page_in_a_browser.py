"""The pages in a real Chromium: they draw, complain about nothing and ask for nothing; pointer, keys and picker work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.browser import Tab
from tests.outside.pages import GOLDEN, all_pages

pytestmark = pytest.mark.outside
_LEGENDS = "[...document.querySelectorAll('#charts .u-legend')].map((one) => one.textContent)"
_PLACE = (
    "(() => { const one = document.querySelector('#charts .u-over'); one.scrollIntoView();"
    "const box = one.getBoundingClientRect(); return [box.x, box.y, box.width, box.height]; })()"
)
_PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return all_pages(tmp_path_factory.mktemp("pages"))


@pytest.mark.parametrize("name", [*GOLDEN, "history", "capacity", "comparison"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_draws_complains_about_nothing_and_asks_for_nothing(
    name: str, scheme: str, pages: dict[str, Path], tab: Tab
) -> None:
    tab.scheme(scheme)
    tab.open(pages[name])
    assert tab.complaints == [] and tab.asked == []
    assert tab.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    if name in ("capacity", "comparison"):
        assert tab.run("document.querySelectorAll('.picture svg').length") >= 2
    else:
        assert tab.run("document.querySelectorAll('#charts canvas').length") >= 5
        assert tab.run("document.querySelectorAll('#curve canvas').length") == 2
        assert tab.run("document.getElementById('controls').checkVisibility()")


def test_what_a_page_says_and_asks_is_noticed(pages: dict[str, Path], tab: Tab, tmp_path: Path) -> None:
    noisy = "<script>console.log('said');setTimeout(() => nothing())</script><img src='gone.png' alt=''></body>"
    page = tmp_path / "noisy.html"
    text = pages["failing"].read_text(encoding="utf-8")
    page.write_text(re.sub(r"<meta http-equiv[^>]*>", "", text).replace("</body>", noisy), encoding="utf-8")
    tab.open(page)
    assert len(tab.complaints) >= 2 and [one.endswith("gone.png") for one in tab.asked] == [True]


def test_the_pointer_moves_one_cursor_in_all_charts(pages: dict[str, Path], tab: Tab) -> None:
    tab.open(pages["failing"])
    x, y, width, height = tab.run(_PLACE)
    times = []
    for share in (0.25, 0.75):
        tab.point(x + share * width, y + height / 2)
        tab.run(_PAINTED)
        shown = {re.match(r"time([\d ]+(?:min)? ?\d*) ?s", one)[1].strip() for one in tab.run(_LEGENDS)}  # type: ignore[index]
        assert len(shown) == 1
        times.append(int(shown.pop()))
    assert times[0] < times[1]


def test_the_arrow_keys_move_the_cursor_and_say_where_it_is(pages: dict[str, Path], tab: Tab) -> None:
    tab.open(pages["failing"])
    tab.run("document.getElementById('at').focus()")
    for _ in range(5):
        tab.key("ArrowRight", 39)
    tab.run(_PAINTED)
    said = tab.run("document.getElementById('reading').textContent")
    assert said.startswith("5 s · ") and "succeeded" in said
    assert tab.run("document.getElementById('at').getAttribute('aria-valuetext')") == said
    assert all(one.startswith("time5 s") for one in tab.run(_LEGENDS))


def test_every_control_is_reached_with_the_tab_key(pages: dict[str, Path], tab: Tab) -> None:
    tab.open(pages["failing"])
    reached = []
    for _ in range(20):
        tab.key("Tab", 9)
        reached.append(tab.run("document.activeElement.id || document.activeElement.tagName"))
    assert {"row", "at", "reset", "row-again", "SUMMARY"} <= set(reached)


def test_the_row_picker_changes_the_charts(pages: dict[str, Path], tab: Tab) -> None:
    tab.open(pages["load-v1"])
    tab.run("document.getElementById('row-again').focus()")
    before = tab.run("document.getElementById('row').value")
    tab.key("ArrowDown", 40)
    after = tab.run("document.getElementById('row').value")
    assert after != before and tab.complaints == []
    labels = tab.run("[...document.querySelectorAll('.chart')].map((one) => one.getAttribute('aria-label'))")
    assert any(one.startswith(f"{after}, ms") for one in labels)
    assert any(one.startswith(f"Distribution of {after}") for one in labels)
    assert any(one.startswith(f"Slowest operations of {after}") for one in labels)


def test_without_javascript_the_pictures_and_tables_stand(pages: dict[str, Path], tab: Tab) -> None:
    tab.send("Emulation.setScriptExecutionDisabled", value=True)
    tab.send("Page.enable")
    tab.send("Page.navigate", url=pages["failing"].as_uri())
    tab.wait()
    document = tab.send("DOM.getDocument", depth=0)["root"]["nodeId"]
    charts = tab.send("DOM.querySelectorAll", nodeId=document, selector="noscript .picture svg")["nodeIds"]
    heights = [tab.send("DOM.getBoxModel", nodeId=one)["model"]["height"] for one in charts]
    assert len(heights) >= 7 and min(heights) > 100
    controls = tab.send("DOM.querySelector", nodeId=document, selector="#controls")["nodeId"]
    with pytest.raises(RuntimeError, match="box model"):
        tab.send("DOM.getBoxModel", nodeId=controls)


def test_it_prints_on_a4_in_light_colours_whatever_the_screen_has(pages: dict[str, Path], tab: Tab) -> None:
    tab.scheme("dark")
    tab.open(pages["failing"])
    paper = tab.paper()
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert boxes and all(abs(float(w) - 595) < 1.5 and abs(float(h) - 842) < 1.5 for w, h in boxes)
    tab.run("window.dispatchEvent(new Event('beforeprint'))")
    widths = tab.run("[...document.querySelectorAll('.chart .u-wrap')].map((one) => one.clientWidth)")
    assert max(widths) <= 700
    assert tab.run("getComputedStyle(document.documentElement).getPropertyValue('--paper').trim()") == "#fff"
    tab.run("window.dispatchEvent(new Event('afterprint'))")
    assert tab.run("getComputedStyle(document.documentElement).getPropertyValue('--paper').trim()") == "#0d1117"

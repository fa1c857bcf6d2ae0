"""The page of a run in a real Chromium: it draws, complains about nothing, and asks nobody for anything."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import pytest

from reznet_load.report.html.render import render_page
from reznet_load.result.assemble import judge_folder
from tests.outside.browser import opened

pytestmark = pytest.mark.outside
RUNS = Path(__file__).resolve().parent.parent / "golden_runs"


@pytest.mark.parametrize("name", ["load-v1", "failing", "spike", "capacity", "void"])
def test_it_draws_its_charts_and_says_nothing_on_the_console(name: str, chromium: str, tmp_path: Path) -> None:
    with tarfile.open(RUNS / f"{name}.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    page = tmp_path / "report.html"
    page.write_text(render_page(judge_folder(tmp_path / name)), encoding="utf-8")
    found = opened(chromium, page.as_uri())
    assert "CONSOLE" not in found.stderr, [line for line in found.stderr.splitlines() if "CONSOLE" in line]
    assert found.stdout.count("<canvas") >= 8
    assert len(re.findall(r"<option", found.stdout)) >= 8 and 'id="controls">' in found.stdout.replace(' hidden=""', "")


def test_the_row_picker_changes_the_charts(chromium: str, tmp_path: Path) -> None:
    with tarfile.open(RUNS / "load-v1.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    text = render_page(judge_folder(tmp_path / "load-v1"))
    pick = (
        "<script>const p=document.getElementById('row');p.value='GET /api/agents';p.dispatchEvent(new Event('change'));"
        "document.getElementById('reset').click();</script></body>"
    )
    page = tmp_path / "report.html"
    page.write_text(text.replace("</body>", pick), encoding="utf-8")
    found = opened(chromium, page.as_uri())
    assert "CONSOLE" not in found.stderr
    assert 'aria-label="GET /api/agents; the figures' in found.stdout
    assert "Distribution of GET /api/agents" in found.stdout


def test_without_javascript_the_pictures_stand(chromium: str, tmp_path: Path) -> None:
    """Chromium dumps no document with scripts off, so its view then, `<noscript>` opened and no script, is measured by one."""
    with tarfile.open(RUNS / "failing.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    text = re.sub(r"<script.*?</script>", "", render_page(judge_folder(tmp_path / "failing")), flags=re.S)
    measure = (
        "<script>document.title=[...document.querySelectorAll('.picture svg')].filter("
        "(one)=>one.getBoundingClientRect().height>100&&getComputedStyle(one).display!='none').length</script></body>"
    )
    page = tmp_path / "report.html"
    page.write_text(re.sub(r"</?noscript>", "", text).replace("</body>", measure), encoding="utf-8")
    found = opened(chromium, page.as_uri())
    assert int(re.findall(r"<title>(\d+)</title>", found.stdout)[0]) >= 4

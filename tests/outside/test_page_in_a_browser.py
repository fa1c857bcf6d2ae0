"""The page of a run in a real Chromium: it draws, complains about nothing, and asks nobody for anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

from reznet_load.report.html.render import render_page
from reznet_load.result.assemble import judge_folder

pytestmark = pytest.mark.outside
RUNS = Path(__file__).resolve().parent.parent / "golden_runs"
_QUIET = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
          "--disable-sync", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND")  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> str:
    """The browser, installed where this process may."""
    if (found := shutil.which("chromium")) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True, timeout=300)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "chromium"], check=True, timeout=600, stdout=subprocess.DEVNULL
        )
        found = shutil.which("chromium")
    if found is None:
        pytest.skip("no chromium here, and no right to install it")
    return found


def opened(chromium: str, page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Chromium opens the page; its document when it is drawn, and what it logged."""
    with tempfile.TemporaryDirectory(prefix="reznet-load-") as home:
        command = [
            chromium,
            "--headless",
            "--no-sandbox",
            *_QUIET,
            f"--user-data-dir={home}",
            "--enable-logging=stderr",
        ]
        return subprocess.run(
            [*command, "--virtual-time-budget=3000", "--dump-dom", *options, page.as_uri()],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip


@pytest.mark.parametrize("name", ["load-v1", "failing", "spike", "capacity", "void"])
def test_it_draws_its_charts_and_says_nothing_on_the_console(name: str, chromium: str, tmp_path: Path) -> None:
    with tarfile.open(RUNS / f"{name}.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    page = tmp_path / "report.html"
    page.write_text(render_page(judge_folder(tmp_path / name)), encoding="utf-8")
    found = opened(chromium, page)
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
    found = opened(chromium, page)
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
    found = opened(chromium, page)
    assert int(re.findall(r"<title>(\d+)</title>", found.stdout)[0]) >= 4

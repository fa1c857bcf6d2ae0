"""The decisions made by the page's own script: run by node over a document of a few lines."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import reznet_load

SCRIPT = Path(reznet_load.__file__).parent / "web" / "page" / "page.js"
# What a function of the page makes of what it is given; an element is its text, class and children.
CALL = """
const fs = require("node:fs"), vm = require("node:vm");
const made = (tag) => ({ tag, children: [], append(...more) { this.children.push(...more); } });
const nothing = { classList: { toggle() {} } };
const page = vm.createContext({
  document: { getElementById: () => nothing, createElement: made, documentElement: nothing },
  localStorage: { theme: "light" }, fetch: () => new Promise(() => {}), setInterval() {}, setTimeout() {},
});
vm.runInContext(fs.readFileSync(process.argv[1], "utf8"), page);
console.log(JSON.stringify(page[process.argv[2]](JSON.parse(fs.readFileSync(0, "utf8")))));
"""
# What `cautions` makes of a list, as [void, text]; nothing is fetched, nothing is repeated.
ASK = """
const fs = require("node:fs"), vm = require("node:vm");
const nothing = { classList: { toggle() {} } };
const page = vm.createContext({
  document: { getElementById: () => nothing, createElement: () => ({}), documentElement: nothing },
  localStorage: { theme: "light" }, fetch: () => new Promise(() => {}), setInterval() {}, setTimeout() {},
});
vm.runInContext(fs.readFileSync(process.argv[1], "utf8"), page);
const given = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(page.cautions(given).map((one) => [one.void, one.made.textContent])));
"""


def caution(text: str, remedy: str, void: bool = False) -> dict[str, Any]:
    return {"text": text, "remedy": remedy, "void": void}


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_a_shared_remedy_is_told_once_and_void_comes_first() -> None:
    given = [
        caution("Late.", "More."), caution("Files.", "ulimit."), caution("Stood.", "More."), caution("Busy.", "More.", True),
    ]  # fmt: skip
    ran = subprocess.run(
        ["node", "-e", ASK, str(SCRIPT)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert json.loads(ran.stdout) == [
        [True, "VOID: Busy. More."],
        [False, "Late. Stood. The remedy is the same."],
        [False, "Files. ulimit."],
    ]


def made(function: str, given: Any) -> Any:
    """What a function of page.js makes of `given`."""
    ran = subprocess.run(
        ["node", "-e", CALL, str(SCRIPT), function],
        input=json.dumps(given), capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    return json.loads(ran.stdout)


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


@needs_node
def test_what_fails_comes_first_and_what_is_advisory_after_it() -> None:
    given = [
        {"id": "a", "outcome": "pass", "required": True}, {"id": "b", "outcome": "fail", "required": False},
        {"id": "c", "outcome": "warning", "required": True}, {"id": "d", "outcome": "fail", "required": True},
    ]  # fmt: skip
    assert [one["id"] for one in made("inOrder", given)] == ["d", "b", "a", "c"]


@needs_node
def test_an_advisory_failure_is_marked() -> None:
    verdict = {
        "mark": "Fail", "title": "Memory", "outcome": "fail", "required": False, "limit": "", "n": 0, "row": "", "reason": "",
        "written": {"value": "", "interval": ""},
    }  # fmt: skip
    row = made("line", verdict)
    assert row["className"] == "fail optional"
    assert row["children"][1]["children"][0]["textContent"] == "advisory: fails no run"


@needs_node
def test_a_failing_row_has_its_kinds_and_counts() -> None:
    given = {
        "row": "GET /x", "failed": 3, "total": 9, "kinds": [{"error": "HTTP 500", "count": 2}, {"error": "late", "count": 1}]
    }  # fmt: skip
    row, failed, kinds = made("failing", given)["children"]
    assert (row["textContent"], failed["textContent"]) == ("GET /x", "3 of 9")
    assert [one["textContent"] for one in kinds["children"]] == ["2 × HTTP 500", "1 × late"]


@needs_node
@pytest.mark.parametrize(
    ("notice", "said"),
    [
        ({}, []),
        ({"waiting": "Stopping: x.", "waited": 4}, ["Stopping: x. For 4 s by now."]),
        ({"refused": "no answer", "old": True}, ["Start was refused: no answer"]),
        (
            {"refused": "no answer", "old": True, "run": "R"},
            ["Start was refused: no answer", "What is shown is an earlier run, R."],
        ),
        (
            {"waiting": "Starting: x.", "waited": 0, "old": True, "run": "R"},
            ["Starting: x.", "What is shown is an earlier run, R."],
        ),
    ],
)
def test_the_notices_say_why_and_what_is_waited_for(notice: dict[str, Any], said: list[str]) -> None:
    assert [one["textContent"] for one in made("notices", notice)] == said

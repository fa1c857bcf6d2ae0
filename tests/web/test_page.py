"""The page's own script where it decides something: run by node over a document of a few lines."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import reznet_load

SCRIPT = Path(reznet_load.__file__).parent / "web" / "page" / "page.js"
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

"""All names that benchmarks import from the package exist: benchmarks run rarely, and import much inside of functions."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from tests.load.test_record import run

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def imported() -> list[tuple[str, str]]:
    """(module, name) of everything that they import from our packages, at any level."""
    found: set[tuple[str, str]] = set()
    for path in BENCHMARKS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "reznet_load":
                found |= {(node.module or "", alias.name) for alias in node.names}
    return sorted(found)


def test_every_name_that_a_benchmark_imports_is_there() -> None:
    script = f"""
from importlib import import_module
from importlib.util import find_spec
import json
missing = []
for module, name in {imported()!r}:
    if not hasattr(import_module(module), name) and not find_spec(module + "." + name):
        missing.append([module, name])
print(json.dumps(missing))
"""
    assert len(imported()) > 20 and json.loads(run(script)) == []

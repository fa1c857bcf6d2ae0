"""The floors: imports point down only, and what must stay light stays light."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "reznet_load"

# package -> what it may import of the project, and which third parties it may name.
FLOORS: dict[str, set[str]] = {
    "core": set(),
    "protocols": {"core"},
    "chat": {"core", "protocols"},
    "verdict": {"core"},
    "history": {"core"},
    "dialects": {"core", "protocols", "chat"},
    "deployment": {"core", "protocols", "chat", "dialects"},
    "probes": {"core", "deployment", "dialects"},
    "result": {"core", "verdict", "history"},
    "report": {"core", "result", "protocols", "chat", "verdict", "history", "deployment"},
    "target": {"core", "dialects"},
    "load": {"core", "protocols", "chat", "dialects", "deployment", "verdict"},
    "users": {"core", "protocols", "chat", "load"},
    "web": {"core", "load"},
    "suite": {"core", "protocols", "chat", "dialects", "deployment", "probes", "verdict", "report", "result", "drive"},
    "drive": {"core", "protocols", "chat", "dialects", "deployment", "history", "report", "result"},
    "commands": {"core", "drive", "probes", "report", "result", "target"},
    "cli": {"core", "commands"},
}
# Floor of each package, from the ground: imports go down, or to a neighbour that is named in FLOORS.
FLOOR: dict[str, int] = {
    "core": 1,
    "protocols": 2,
    "chat": 2,
    "verdict": 2,
    "history": 2,
    "dialects": 3,
    "result": 3,
    "report": 4,
    "deployment": 4,
    "probes": 5,
    "load": 5,
    "users": 6,
    "web": 6,
    "target": 6,
    "suite": 7,
    "drive": 7,
    "commands": 8,
    "cli": 8,
}
MOST_FILES = 20  # on one level
THIRD: dict[str, set[str]] = {
    "core": set(),
    "protocols": set(),
    "chat": set(),
    "dialects": set(),
    "verdict": {"numpy", "scipy"},
    "history": {"numpy", "scipy"},
    "deployment": {"psycopg", "redis", "websocket"},
    "probes": {"psycopg", "redis", "anthropic", "openai", "httpx2", "psutil", "prometheus_client"},
    "result": {"pandas", "pyarrow", "numpy", "prometheus_client"},
    "report": {"jinja2", "markupsafe", "numpy"},
    "load": {"locust", "gevent", "geventhttpclient", "brotli", "psutil"},
    "users": {"locust", "gevent"},
    "web": {"locust", "gevent", "flask"},
    "suite": {"pytest", "psutil"},
    "drive": set(),
    "commands": set(),
    "cli": set(),
}


def imports(path: Path) -> set[str]:
    """Dotted names of everything a module imports, wherever it does."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room in ("__init__", "__main__"):
        return
    for name in imports(path):
        top, *rest = name.split(".")
        if top == "reznet_load":
            into = rest[0] if rest else "__init__"
            assert into in FLOORS[room] | {room, "__version__"}, f"{path.name} ({room}) imports {name}"
        elif room in THIRD and top not in sys.stdlib_module_names:
            assert top in THIRD[room], f"{path.name} ({room}) imports {name}"


# What must not be there once a module is: in one interpreter, one after another, those that need the least first.
ABSENT: dict[str, tuple[str, ...]] = {
    "reznet_load.cli": ("locust", "gevent", "pandas", "numpy", "scipy", "psycopg", "redis", "jinja2"),
    "reznet_load.result.standing": ("locust", "gevent", "pandas", "jinja2"),
    "reznet_load.verdict.judge": ("locust", "gevent", "pandas"),
    "reznet_load.drive.whole_run": ("locust", "gevent", "pandas"),
    "reznet_load.suite.suite": ("locust", "gevent", "pandas", "anthropic", "openai"),
    "reznet_load.result.assemble": ("locust", "gevent", "scipy.stats", "scipy.optimize"),
    "reznet_load.target.processes": ("locust", "gevent"),
    "reznet_load.target.app": ("locust", "gevent"),
    "reznet_load.report.judged_files": ("locust", "gevent", "scipy.stats", "anthropic"),
}
ABSENT_BESIDE_LOCUST: dict[str, tuple[str, ...]] = {
    "reznet_load.load.search": ("numpy", "scipy", "pandas"),
    "reznet_load.load.live.metrics_port": ("numpy", "scipy", "pandas", "prometheus_client"),
    "reznet_load.web.requirements": ("numpy", "scipy", "pandas"),
}


@pytest.mark.parametrize("absent", [ABSENT, ABSENT_BESIDE_LOCUST], ids=["without Locust", "beside it"])
def test_imports_leave_out(absent: dict[str, tuple[str, ...]]) -> None:
    script = f"""
import importlib, json, sys
there = {{}}
for module, absent in {absent!r}.items():
    importlib.import_module(module)
    there[module] = [name for name in absent if name in sys.modules]
print(json.dumps(there))
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == {module: [] for module in absent}


def test_no_module_exceeds_250_lines() -> None:
    long = {str(p.relative_to(PACKAGE)): n for p in modules() if (n := len(p.read_text().splitlines())) > 250}
    assert long == {}


def test_no_folder_level_has_more_than_twenty_files() -> None:
    levels = {PACKAGE, *(path.parent for path in modules())}
    full = {str(p.relative_to(PACKAGE)) for p in levels if sum(one.is_file() for one in p.iterdir()) > MOST_FILES}
    assert full == set()


def test_floors_are_in_order_and_no_two_packages_import_each_other() -> None:
    assert FLOOR.keys() == FLOORS.keys()
    wrong = {(room, into) for room, below in FLOORS.items() for into in below if FLOOR[into] > FLOOR[room]}
    assert wrong == set()
    tuple(TopologicalSorter(FLOORS).static_order())  # raises CycleError if there is a cycle


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_takes_a_private_name_of_another(path: Path) -> None:
    """Neither by `from module import _name` nor as `module._name`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in _of_project(node)}
    taken = {name for name in imported if _is_private(name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and _is_private(node.attr):
            taken |= {f"{node.value.id}.{node.attr}"} if node.value.id in imported else set()
    assert taken == set()


def _of_project(node: ast.ImportFrom) -> set[str]:
    """The names that a module gets from others of the project."""
    ours = (node.module or "").partition(".")[0] == "reznet_load"
    return (
        {alias.asname or alias.name for alias in node.names} | {alias.name for alias in node.names} if ours else set()
    )


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def test_each_folder_is_assigned_to_a_floor() -> None:
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()}
    assert rooms - {"__init__", "__main__"} == set(FLOORS)


def test_each_public_class_has_a_name_of_its_own() -> None:
    """An editor's search for a name finds the one class that it stands for."""
    places: dict[str, list[str]] = {}
    for path in modules():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not _is_private(node.name):
                places.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}

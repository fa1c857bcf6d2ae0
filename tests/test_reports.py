"""The reports folder of a clone: what git keeps, what `make clean` removes, and what a package has."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from reznet_load.core import folder as run_folder
from reznet_load.core.system.machine import commit
from reznet_load.history import baseline, store
from reznet_load.report import pooling_document

ROOT = Path(__file__).resolve().parent.parent
KEPT = (
    "README.md",
    run_folder.DOCUMENT,
    store.FILE,
    baseline.FILE,
    pooling_document.FILE,
    f"10.0.0.5/{run_folder.DOCUMENT}",
)


def git(place: Path, *words: str) -> str:
    named = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    ran = subprocess.run(["git", "-C", str(place), *named, *words], capture_output=True, text=True, timeout=30)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A checkout with the project's .gitignore, Makefile and an empty reports folder but for its README."""
    for name in (".gitignore", "Makefile"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "reports").mkdir()
    shutil.copy(ROOT / "reports" / "README.md", tmp_path / "reports")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "Begin")
    return tmp_path


def fill(reports: Path) -> None:
    """Two runs as the project writes them: their folders by its own code, the files of `KEPT` next to them."""
    for home in (reports, reports / "10.0.0.5"):
        for made in (run_folder.create(home, "load", "abc1234-dirty"), run_folder.create(home, "load", "")):
            (made / run_folder.DOCUMENT).touch()
            (made / run_folder.RESULT).touch()
            (made / "samples" / "local.bin").touch()
            run_folder.link_latest(home, made)
        (home / f".{run_folder.DOCUMENT}.x7").touch()  # while it is written
    for name in KEPT:
        (reports / name).touch()


def test_git_sees_documents_and_history_and_no_run_folder(clone: Path) -> None:
    fill(clone / "reports")
    seen = git(clone, "status", "--porcelain", "-uall").split("\n")
    assert sorted(line[3:] for line in seen if line) == sorted(
        f"reports/{name}" for name in KEPT if name != "README.md"
    )


def test_clean_leaves_what_git_sees(clone: Path) -> None:
    fill(clone / "reports")
    before = git(clone, "status", "--porcelain", "-uall")
    subprocess.run(["make", "clean"], cwd=clone, check=True, timeout=30, capture_output=True)
    assert git(clone, "status", "--porcelain", "-uall") == before
    runs = [path for path in (clone / "reports").rglob("*") if path.name == run_folder.RESULT or path.is_symlink()]
    assert runs == []


def test_a_document_that_a_run_renewed_does_not_make_the_next_run_dirty(clone: Path) -> None:
    fill(clone / "reports")
    git(clone, "add", ".")
    git(clone, "commit", "-qm", "Measure")
    (clone / "reports" / store.FILE).write_text("{}\n")
    assert commit(clone) == git(clone, "rev-parse", "--short", "HEAD").strip()
    assert commit(clone / "reports") == commit(clone)
    (clone / "Makefile").write_text("all:\n")
    assert commit(clone).endswith("-dirty")


def test_the_readme_is_in_the_checkout_and_names_what_may_be_committed() -> None:
    text = (ROOT / "reports" / "README.md").read_text()
    assert all(f"`{name.replace('10.0.0.5', '<name>')}`" in text for name in KEPT if name != "README.md")
    assert git(ROOT, "ls-files", "reports/README.md").strip() == "reports/README.md"


def test_no_report_is_in_a_package() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    assert build["wheel"]["packages"] == ["reznet_load"]
    assert build["sdist"]["exclude"][:2] == ["/reports/*", "!/reports/README.md"]
    assert "reports" in (ROOT / ".dockerignore").read_text().split()

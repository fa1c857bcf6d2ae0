"""README and docs/ are run: short blocks as they stand, long ones as far as that their commands and options exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.pages import GENERATED, PAGES, README, ROOT, lines_of, make_targets, parsers, text_of, words_of

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
LINES = [(page, line) for page in PAGES for line in lines_of(page)]
WRITTEN = [page for page in PAGES if page.name not in GENERATED]
# Blocks that take below a minute are run; the others are checked word by word.
RUN = {"make smoke"}
# Programs of others: a page that uses them in a block of bash has a test of its own for it.
OTHERS = {"ci.md": {"git", "cp", "jq", ".venv/bin/python"}, "monitoring.md": {"docker", "kubectl"}}
# "make it", "make one": not a target.
WORDS = {"it", "the", "a", "one", "them", "up", "itself", "at", "more", "each", "fewer"}
# Options of other programs that pages name.
OF_OTHERS = {
    "--build", "--scale", "--detach", "--wait", "--project-directory",  # docker compose
    "--profile", "--for", "--replicas",  # docker compose, kubectl
    "--pyargs", "--from",  # pytest, uvx
    "--aa", "--slower", "--seconds",  # benchmarks.duel.live, benchmarks.master
    "--orphan", "--ignore-unmatch", "--hard",  # git
}  # fmt: skip
OF_RUNS = {"probe", "finish"}  # plumbing, started by runs themselves
WITHOUT_MAKE = {"accounts", "backends", "verdicts", "metrics", "samples", "judge", "nfr", *OF_RUNS}


def ids(case: tuple[Path, str]) -> str:
    return f"{case[0].name}: {case[1]}"


def test_the_readme_is_short() -> None:
    assert len(text_of(README).splitlines()) <= 150


def test_each_page_begins_with_what_the_reader_can_do_after_it() -> None:
    for page in set(WRITTEN) - {README}:
        first = text_of(page).partition("\n\n")[2]
        assert first.startswith("After this page "), page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_and_command_of_a_page_exists(page: Path) -> None:
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)", text_of(page))) - WORDS
    assert named - make_targets() == set()
    commands = set(re.findall(r"\breznet-load ([a-z]+)\b(?!\.)", " ".join(re.findall(r"`[^`\n]+`", text_of(page)))))
    assert commands - set(parsers()) == set()


@cache
def of_locust() -> set[str]:
    shown = subprocess.run([sys.executable, "-m", "locust", "--help"], capture_output=True, text=True, timeout=60)
    return set(re.findall(r"--[a-z][a-z-]+", shown.stdout))


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_option_of_a_page_exists(page: Path) -> None:
    known = {name for parser in parsers().values() for name in parser._option_string_actions} | OF_OTHERS | of_locust()
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text_of(page))) - known == set()


def test_every_make_target_is_listed() -> None:
    phony = MAKEFILE.partition(".PHONY:")[2].partition("\n\n")[0].replace("\\", "").split()
    assert sorted(phony) == sorted(make_targets())


def test_every_command_is_a_make_target_of_that_one_command() -> None:
    for name in set(parsers()) - WITHOUT_MAKE:
        recipe = re.search(
            rf"^{name}:.*\n(?:\t\$\(if .*\n)?\t@\$\(BIN\)/reznet-load {name}\b.*\n\n", MAKEFILE, re.MULTILINE
        )
        assert recipe, name


def test_the_pages_name_every_command() -> None:
    text = "\n".join(map(text_of, WRITTEN))
    for name in set(parsers()) - OF_RUNS:
        assert re.search(rf"(make|reznet-load) {name}\b", text), name


def test_coverage_of_the_suite_installs_what_it_needs() -> None:
    for arguments, extra in (("--cov", True), ("--quick", False)):
        words = ["make", "-n", "perf", f"ARGS={arguments}", "VENV=nowhere"]
        dry = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=30)
        assert ("'.[test]'" in dry.stdout) is extra, dry.stdout + dry.stderr


def test_a_comparison_without_the_other_run_says_what_to_name(tmp_path: Path) -> None:
    asked = subprocess.run(["make", "-n", "compare"], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert asked.returncode == 2 and "expected make compare A=reports/RUN" in asked.stderr


def test_the_page_of_results_says_every_exit_code() -> None:
    from reznet_load.core.run import EXIT_CODES

    for outcome, code in EXIT_CODES.items():
        assert re.search(rf"\| {outcome} \| {code}\b", text_of(ROOT / "docs" / "results.md")), outcome


ONE_WORD = (README, "make load TARGET=--relay")  # an option in an option's place


@pytest.mark.parametrize("case", [*LINES, ONE_WORD], ids=ids)
def test_a_line_is_a_command_that_is_understood(case: tuple[Path, str]) -> None:
    page, line = case
    environ, words = words_of(line)
    if words[0] == "make":
        understood_by_make(environ, words)
    elif words[0].removeprefix(".venv/bin/") == "reznet-load":
        parsers()[words[1]].parse_args(words[2:])
    elif words[0] == "export":
        passed_on = re.findall(r"^export (.+)$", MAKEFILE, re.MULTILINE)[0].split()
        assert {word.partition("=")[0] for word in words[1:]} <= set(passed_on), "make passes nothing else on"
    elif words[0].removeprefix(".venv/bin/") not in ("locust", "pytest"):
        assert words[0] in OTHERS.get(page.name, ()) or "&&" in line, f"nothing tests {line!r}"


def understood_by_make(variables: dict[str, str], words: list[str]) -> None:
    # Nothing of the shell's own HOST, or of the `make test ARGS=…` that this test may run in.
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    dry = subprocess.run(
        ["make", "-n", "-o", ".venv/.ready", "-o", ".venv/.ready-test", *words[1:]],
        cwd=ROOT, env=environ | variables, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert dry.returncode == 0, dry.stderr
    commands = [words for words in map(shlex.split, dry.stdout.splitlines()) if words]
    ours = [command for command in commands if command[0].endswith("reznet-load")]
    if ours:
        parsers()[ours[0][1]].parse_args(ours[0][2:])
    else:
        assert any("pytest" in command or "python" in command[0] for command in commands)


@pytest.mark.parametrize("line", sorted(RUN))
def test_a_short_block_runs_as_it_stands(line: str, tmp_path: Path) -> None:
    assert (README, line) in LINES
    environ = {name: value for name, value in os.environ.items() if name not in ("HOST", "DATABASE_URL", "REDIS_URL")}
    here = [f"VENV={sys.prefix}", "-o", f"{sys.prefix}/.ready", f"ARGS=--reports {shlex.quote(str(tmp_path))}"]
    ran = subprocess.run(
        [*shlex.split(line), *here], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    document = (tmp_path / "PERFORMANCE_TEST_RESULTS.md").read_text(encoding="utf-8")
    assert "✅ Pass" in document and (tmp_path / "latest" / "result.json").exists()


@pytest.mark.parametrize("line", [line for _, line in LINES if "locust " in line])
def test_a_locust_line_names_a_locustfile_and_options_locust_has(line: str) -> None:
    words = shlex.split(line)
    locustfile = ROOT / words[words.index("-f") + 1]
    assert locustfile.exists()
    shown = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(locustfile), "--help"], capture_output=True, text=True, timeout=60
    )
    assert shown.returncode == 0, shown.stderr
    for option in [word for word in words if word.startswith("--")]:
        assert option in shown.stdout, option


def test_ci_runs_the_readmes_test_command() -> None:
    assert "make test\n" in (ROOT / ".ci" / "run").read_text() and "```bash\nmake test\n```" in text_of(README)

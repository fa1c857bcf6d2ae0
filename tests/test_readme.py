"""The README and docs/distributed.md are run: short blocks as they stand, long ones as far as that they exist."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DISTRIBUTED = (ROOT / "docs" / "distributed.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
LINES = [
    line.partition("   #")[0].strip()
    for document in (README, DISTRIBUTED)
    for block in re.findall(r"```bash\n(.*?)```", document, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]
# Blocks that take below a minute are run; the others are checked word by word.
RUN = {"make smoke"}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def commands() -> list[str]:
    """The commands of `reznet-load`, as its help lists them."""
    from reznet_load.cli import build_parser

    (found,) = (action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction))
    return list(found.choices)


OF_RUNS = {"probe", "finish"}  # started by runs themselves
WITHOUT_MAKE = {"verdicts", "samples", "judge", "nfr", *OF_RUNS}


def test_every_make_target_the_readme_names_exists_and_is_listed() -> None:
    named = set(re.findall(r"\bmake ([a-z-]+)", README)) - {"it"}
    assert named - make_targets() == set()
    phony = MAKEFILE.partition(".PHONY:")[2].partition("\n\n")[0].replace("\\", "").split()
    assert sorted(phony) == sorted(make_targets())


def test_every_command_is_a_make_target_of_that_one_command() -> None:
    for name in set(commands()) - WITHOUT_MAKE:
        recipe = re.search(
            rf"^{name}:.*\n(?:\t\$\(if .*\n)?\t@\$\(BIN\)/reznet-load {name}\b.*\n\n", MAKEFILE, re.MULTILINE
        )
        assert recipe, name


def test_the_readme_names_every_command() -> None:
    for name in set(commands()) - OF_RUNS:
        assert re.search(rf"(make|reznet-load) {name}\b", README), name


def test_coverage_of_the_suite_installs_what_it_needs() -> None:
    for arguments, extra in (("--cov", True), ("--quick", False)):
        words = ["make", "-n", "perf", f"ARGS={arguments}", "VENV=nowhere"]
        dry = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=30)
        assert ("'.[test]'" in dry.stdout) is extra, dry.stdout + dry.stderr


def test_a_comparison_without_the_other_run_says_what_to_name(tmp_path: Path) -> None:
    asked = subprocess.run(["make", "-n", "compare"], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert asked.returncode == 2 and "expected make compare A=reports/RUN" in asked.stderr


def test_the_readme_says_every_exit_code() -> None:
    from reznet_load.core.run import EXIT_CODES

    for outcome, code in EXIT_CODES.items():
        assert re.search(rf"\| {outcome} \| {code}\b", README), outcome


ONE_WORD = "make load TARGET=--relay"  # an option in an option's place


@pytest.mark.parametrize("line", [*(line for line in LINES if "make " in line and line not in RUN), ONE_WORD])
def test_a_make_line_expands_to_a_command_that_is_understood(line: str, tmp_path: Path) -> None:
    words = shlex.split(line)
    environ = {name: value for name, value in os.environ.items() if name not in ("HOST", "DATABASE_URL", "REDIS_URL")}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environ[name] = value
    target = words[1]
    dry = subprocess.run(
        ["make", "-n", "-o", ".venv/.ready", "-o", ".venv/.ready-test", *words[1:]],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert dry.returncode == 0, dry.stderr
    commands = [words for words in map(shlex.split, dry.stdout.splitlines()) if words]
    if target in ("test", "check"):
        assert any("pytest" in command for command in commands)
        return
    words = next(command for command in commands if command[0].endswith("reznet-load"))
    if words[1] == "target":
        from reznet_load.target.options import add_arguments

        parser = argparse.ArgumentParser()
        add_arguments(parser)
        parser.parse_args(words[2:])
    else:
        from reznet_load.cli import build_parser

        build_parser().parse_args(words[1:])


@pytest.mark.parametrize("line", sorted(RUN))
def test_a_short_block_runs_as_it_stands(line: str, tmp_path: Path) -> None:
    assert line in LINES
    environ = {name: value for name, value in os.environ.items() if name not in ("HOST", "DATABASE_URL", "REDIS_URL")}
    here = [f"VENV={sys.prefix}", "-o", f"{sys.prefix}/.ready", f"ARGS=--reports {shlex.quote(str(tmp_path))}"]
    ran = subprocess.run(
        [*shlex.split(line), *here], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    document = (tmp_path / "PERFORMANCE_TEST_RESULTS.md").read_text(encoding="utf-8")
    assert "✅ Pass" in document and (tmp_path / "latest" / "result.json").exists()


@pytest.mark.parametrize("line", [line for line in LINES if "locust " in line and "my_locustfile" not in line])
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
    assert "make test\n" in (ROOT / ".ci" / "run").read_text() and "```bash\nmake test\n```" in README

"""`docs/ci.md` is correct: each command, option, file and action in its blocks exists; our own workflow is the same."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from reznet_load.cli import build_parser
from reznet_load.core import folder as run_folder
from reznet_load.report.publish import publish
from tests import builders

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^ *```(\w+)\n(.*?)^ *```", TEXT, re.MULTILINE | re.DOTALL)
YAML = [yaml.safe_load(text) for kind, text in BLOCKS if kind == "yaml"]
OURS = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
GITHUB, DUEL, GITLAB = YAML
(JENKINS,) = (text for kind, text in BLOCKS if kind == "groovy")


def makefile_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def steps(workflow: dict[str, Any], job: str) -> list[dict[str, Any]]:
    return workflow["jobs"][job]["steps"]


def uses(workflow: dict[str, Any], job: str, action: str) -> list[dict[str, Any]]:
    return [step for step in steps(workflow, job) if step.get("uses", "").startswith(f"{action}@")]


def test_every_make_target_of_the_page_exists() -> None:
    named = set(re.findall(r"\bmake ([a-z-]+)", TEXT))
    assert {"load", "stress", "baseline", "config"} <= named and named <= makefile_targets()


def test_every_option_of_the_page_is_one_of_a_run() -> None:
    (found,) = (action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction))
    known = {name for parser in found.choices.values() for name in parser._option_string_actions}
    words = re.sub(r"```bash\n.*?```|docker compose .*?\n", "", TEXT, flags=re.DOTALL)  # git's and Docker's own
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", words)) <= known
    for _, text in (block for block in BLOCKS if block[0] == "toml"):
        names = re.findall(r"^([a-z-]+) =", text, re.MULTILINE)
        assert names and {f"--{name}" for name in names} <= known


def test_every_file_of_the_page_is_one_that_a_run_leaves(tmp_path: Path) -> None:
    rows, units = builders.healthy()
    publish(builders.write_run(tmp_path / "run", rows, units), new=True)
    left = {path.name for path in (tmp_path / "run").iterdir()} | {"history.jsonl", "baseline.json", ""}
    named = set(re.findall(r"(?:reports/latest|out|reports)/([\w.]*)", TEXT)) - {"latest"}
    assert {"junit.xml", "metrics.txt", "SUMMARY.md", "result.json"} <= named and named <= left
    assert (tmp_path / "history.jsonl").exists() and run_folder.RESULT in left


@pytest.mark.parametrize("workflow", [GITHUB, OURS], ids=["docs/ci.md", "ci.yml"])
def test_a_workflow_loads_each_push_stresses_at_night_and_comments_in_place(workflow: dict[str, Any]) -> None:
    on = workflow[True]  # YAML 1.1 reads `on` as a boolean
    assert {"push", "pull_request", "schedule"} <= set(on) and "cron" in on["schedule"][0]
    assert [step["run"] for step in steps(workflow, "load") if "run" in step] == ["make load"]
    assert [step["run"] for step in steps(workflow, "stress") if "run" in step] == ["make stress"]
    (comment,) = uses(workflow, "load", "marocchino/sticky-pull-request-comment")
    assert comment["with"] == {"header": "load", "path": "reports/latest/SUMMARY.md"}
    assert workflow["jobs"]["load"]["permissions"]["pull-requests"] == "write"
    kept = {"reports/history.jsonl", "reports/baseline.json"}
    (restored,), (saved,) = (uses(workflow, "load", f"actions/cache/{verb}") for verb in ("restore", "save"))
    nightly = [uses(workflow, "stress", f"actions/cache/{verb}")[0] for verb in ("restore", "save")]
    assert all(set(step["with"]["path"].split()) == kept for step in (restored, saved, *nightly))
    assert "always()" in saved["if"] and nightly[1]["if"] == "always()"  # a red run is history too
    assert restored["with"]["key"].startswith(restored["with"]["restore-keys"])
    for job in ("load", "stress"):
        (uploaded,) = uses(workflow, job, "actions/upload-artifact")
        assert uploaded["if"] == "always()"


def test_gitlab_and_jenkins_read_junit_whatever_the_outcome() -> None:
    artifacts = GITLAB[".load"]["artifacts"]
    assert artifacts["when"] == "always" and artifacts["reports"]["junit"] == "out/junit.xml"
    assert GITLAB["stress"]["script"] == ["make stress PYTHON=python3"] and GITLAB["load"]["extends"] == ".load"
    always = JENKINS.partition("always {")[2]
    assert "junit 'out/junit.xml'" in always and JENKINS.count("{") == JENKINS.count("}")
    assert "make stress" in JENKINS and "make load" in JENKINS


def test_actions_of_the_page_are_pinned_by_their_commits_as_ours_are() -> None:
    pinned = dict(one.split("@") for one in re.findall(r"uses: (\S+)", TEXT))
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) for commit in pinned.values())
    ours = dict(one.split("@") for one in re.findall(r"uses: (\S+)", (ROOT / ".github/workflows/ci.yml").read_text()))
    assert {name: ours.get(name, commit) for name, commit in pinned.items()} == pinned


def test_the_branch_of_the_history_is_begun_and_goes_on(tmp_path: Path) -> None:
    (script,) = (textwrap.dedent(text) for kind, text in BLOCKS if kind == "bash" and "worktree" in text)
    names = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b.c",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b.c",
    }

    def bash(words: str, where: Path) -> str:
        ran = subprocess.run(
            ["bash", "-euc", words], cwd=where, env=os.environ | names, capture_output=True, text=True, timeout=30
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    bash("git init -q --bare origin.git; git clone -q origin.git first; git clone -q origin.git second", tmp_path)
    for number, clone in enumerate(("first", "second"), 1):
        room = tmp_path / clone
        bash("git commit -q --allow-empty -m begin; mkdir reports", room)
        (room / "reports" / "history.jsonl").write_text("{}\n" * number)
        bash(script, room)
    assert (
        bash("git log --oneline load-history; git show load-history:history.jsonl", tmp_path / "origin.git").count("{}")
        == 2
    )


def test_the_duel_of_a_pull_request_starts_both_and_keeps_its_folder() -> None:
    (both,), (fought,) = (
        [step["run"] for step in steps(DUEL, "duel") if word in step.get("run", "")] for word in ("docker", "make")
    )
    ports = re.findall(r"PORT=(\d+) docker compose -p (\w+)", both)
    assert ports == [("8000", "main"), ("8001", "branch")]
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    started = [line.split()[-1] for line in both.splitlines()]
    published = [port for name in started for port in services[name]["ports"]]
    assert published == ["127.0.0.1:${PORT:-8000}:8000"] * 2, "both sides would listen on the same port"
    assert fought == "make duel " + " ".join(
        f"{side}=http://127.0.0.1:{port}" for side, (port, _) in zip("AB", ports, strict=True)
    )
    checked_out = {step["with"]["path"]: step["with"].get("ref") for step in uses(DUEL, "duel", "actions/checkout")}
    assert checked_out == {"branch": None, "main": "${{ github.base_ref }}"}
    assert uses(DUEL, "duel", "actions/upload-artifact")[0]["if"] == "always()"

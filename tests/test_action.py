"""The GitHub Action: its script is run as on a runner, its inputs are the documented ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.result.locust.made import BOTH, GOOD, NFR, write

ROOT = Path(__file__).resolve().parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
(JUDGE,) = (step for step in ACTION["runs"]["steps"] if step.get("id") == "judge")


def run(room: Path, **inputs: str) -> subprocess.CompletedProcess:
    """The judging step, with `inputs` as the runner hands them over."""
    (room / "bin").mkdir(exist_ok=True)
    command = room / "bin" / "reznet-load"
    command.write_text(f'#!/bin/bash\nexec "{sys.executable}" -m reznet_load "$@"\n')
    command.chmod(0o755)
    given = {name: inputs.get(name.lower(), "") for name in JUDGE["env"] if name != "ROOM"}
    files = {"GITHUB_STEP_SUMMARY": str(room / "summary.md"), "GITHUB_OUTPUT": str(room / "output")}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", JUDGE["run"]],
        env=os.environ | given | files | {"ROOM": str(room), "PYTHONPATH": str(ROOT)},
        cwd=room, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "outcome"), [(GOOD, 0, "pass"), (BOTH, 1, "fail"), (GOOD[:-20], 2, "unjudged")]
)
def test_the_steps_exit_code_is_the_runs(tmp_path: Path, text: str, code: int, outcome: str) -> None:
    write(tmp_path / "a run; $(touch x)", text)
    ended = run(tmp_path, paths="  a run; $(touch x)/run\n\n", out="out")
    assert ended.returncode == code, ended.stderr
    assert (tmp_path / "output").read_text() == f"outcome={outcome}\nexit-code={code}\n"
    assert f"Load test: {outcome}" in (tmp_path / "summary.md").read_text()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"run_verdicts.md", "judged.json", "judged.xml"}
    assert not (tmp_path / "x").exists()


def test_inputs_reach_the_command(tmp_path: Path) -> None:
    write(tmp_path / "now", BOTH, nfr="")
    write(tmp_path / "before", GOOD.replace("/fast", "/slow"), nfr="")
    (tmp_path / "my.toml").write_text(NFR.replace("< 1 s", "< 9 s").replace("< 5 %", "< 1.5 %"), encoding="utf-8")
    ended = run(tmp_path, paths="now", nfr="my.toml", strict="true", compare="before")
    assert ended.returncode == 1 and "Warning" in ended.stdout and "worse" in ended.stdout


def test_the_action_names_its_inputs_and_hands_each_over() -> None:
    assert set(ACTION["inputs"]) >= {"paths", "nfr", "strict"}
    assert {f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]} == {
        value for value in JUDGE["env"].values() if "inputs." in value
    }
    assert not [step for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")]


def test_the_example_workflow_uses_the_action_as_it_is() -> None:
    workflow = yaml.safe_load((ROOT / "docs" / "locust-gate.yml").read_text(encoding="utf-8"))
    (step,) = (one for one in workflow["jobs"]["load"]["steps"] if "reznet-load" in one.get("uses", ""))
    assert set(step["with"]) <= set(ACTION["inputs"])

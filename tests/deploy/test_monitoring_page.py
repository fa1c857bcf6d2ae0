"""docs/monitoring.md: its table is the table of metrics, its files and names are those of deploy/, its requirement is judged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from reznet_load.core.measured.page_units import check_units
from reznet_load.core.nfr import load_requirements, shipped_requirements
from reznet_load.core.settings.metrics_options import LINGER
from reznet_load.result.metrics.families import TABLE
from tests.deploy.test_deploy import RUN, SERVICES

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def test_the_table_has_each_metric_with_its_labels() -> None:
    told: dict[str, set[str]] = {}
    for names, labels in re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| ([^|]*)\|", PAGE, re.MULTILINE):
        for name in re.findall(r"`(\w+)`", names):
            told[name.removesuffix("_total")] = set(re.findall(r"`(\w+)`", labels))
    of_run = set(TABLE["run"][1])
    assert told.pop("running") == told.pop("run") == of_run
    assert told == {name: set(labels) for name, (_, labels) in TABLE.items() if name not in ("run", "running")}
    assert f"--metrics-linger {LINGER}" in PAGE


def test_its_requirement_is_one_that_its_command_can_judge(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "queue.toml").write_text(block)
    requirements = load_requirements(shipped_requirements(True), tmp_path / "queue.toml")
    (metric,) = re.findall(r"--metric (\w+) --nfr queue.toml", PAGE)
    assert any(nfr.matches(f"GAUGE metric {metric}") for nfr in requirements.nfrs)
    check_units(requirements.nfrs, [metric])


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith(("docker", "kubectl"))])
def test_docker_and_kubectl_commands_name_existing_files(line: str) -> None:
    words = line.partition("#")[0].split()
    for path in (word for word in words if "/" in word and word.startswith("deploy")):
        found = ROOT / path
        assert found.is_file() or (found / "Dockerfile").is_file() or "/reznet-load-" in path, path
    for kind, name in re.findall(r"\b(job|deployment)/([\w-]+)", line):
        assert any((one["kind"].lower(), one["metadata"]["name"]) == (kind, name) for one in RUN), line
    for profile in re.findall(r"--profile (\w+)", line):
        assert any(profile in service.get("profiles", ()) for service in SERVICES.values())
    for name in re.findall(r"service/([\w-]+)-webui", line):  # as the operator calls it: the test's name and -webui
        test = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "locusttest.yaml").read_text())
        assert name == test["metadata"]["name"]
    built = set(re.findall(r"docker build -t ([\w-]+)", line))
    used = {
        c["image"] for one in RUN if "template" in one["spec"] for c in one["spec"]["template"]["spec"]["containers"]
    }
    assert built <= used | {"reznet-load-operator"}

"""docker-compose.yml without Docker: every service's own command is one that its program understands."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from reznet_load.core.settings.run_options import add_arguments

ROOT = Path(__file__).resolve().parent.parent
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def command(service: str) -> list[str]:
    """A service's command with `${NAME:-default}` as its default, the inner ones first."""
    text = "\0".join(SERVICES[service]["command"])
    while (resolved := re.sub(r"\$\{\w+:-([^${}]*)\}", r"\1", text)) != text:
        text = resolved
    return text.split("\0")


def test_the_services_are_there_and_each_has_a_health_check() -> None:
    assert set(SERVICES) == {"postgres", "redis", "target", "master", "worker", "prometheus", "grafana"}
    assert SERVICES["postgres"]["image"] == "postgres:16" and SERVICES["redis"]["image"] == "redis:7.2"
    assert all("healthcheck" in service for service in SERVICES.values())
    for service in SERVICES.values():
        for other, condition in service.get("depends_on", {}).items():
            assert other in SERVICES and condition == {"condition": "service_healthy"}
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_target_understands_its_command() -> None:
    from reznet_load.target.options import add_arguments, from_namespace

    words = command("target")
    assert words[0] == "target"
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = from_namespace(parser.parse_args(words[1:]))
    assert options.database_url == "postgresql://reznet:reznet@postgres:5432/reznet" and options.port == 8000


def test_reports_go_where_the_images_user_may_write() -> None:
    """A named volume takes the owner of the image's folder; a folder of the host keeps its own owner, which is not
    known.
    """
    compose = (ROOT / "docker-compose.yml").read_text()
    image = (ROOT / "Dockerfile").read_text()
    assert SERVICES["master"]["volumes"] == ["reports:/reports"] and "reports" in yaml.safe_load(compose)["volumes"]
    assert "chown reznet /reports" in image and "USER reznet" in image
    runs = [line for line in compose.splitlines() if "-f locustfiles/" in line]
    assert runs and all(re.search(r"--reports[ =]/reports", line) for line in runs)


@pytest.mark.parametrize("service", ["master", "worker"])
def test_locust_understands_the_command_of(service: str) -> None:
    words = command(service)
    shown = subprocess.run(
        [sys.executable, "-m", "locust", *words[:2], "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert shown.returncode == 0, shown.stderr
    ours = argparse.ArgumentParser()
    add_arguments(ours)
    for word in words[2:]:
        assert word.split("=")[0] in shown.stdout + ours.format_help(), word
    assert SERVICES[service]["entrypoint"] == ["locust"]

"""The files in deploy/ match what we export, and their commands are understood by Locust."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from reznet_load.core.measured.named_row import GAUGE
from reznet_load.core.rows import TABLE as ROWS
from reznet_load.core.rows import named
from reznet_load.core.settings.run_options import add_arguments
from reznet_load.result.metrics.families import PREFIX, TABLE

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "reznet-load.json").read_text())
ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
SCRAPE = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
RUN = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "run.yaml").read_text()))
_SUFFIXES = ("_total", "_bucket", "_sum", "_count")
_OF_PROMETHEUS = {"instance", "le", "job"}


def queries() -> list[str]:
    """Every expression of the dashboard and of the alert rules."""
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    notes = [one["expr"] for one in DASHBOARD["annotations"]["list"]]
    variables = [one["query"] for one in DASHBOARD["templating"]["list"] if one["type"] == "query"]
    return [*panels, *notes, *variables, *(rule["expr"] for group in ALERTS["groups"] for rule in group["rules"])]


def family(name: str) -> str:
    bare = name.removeprefix(PREFIX)
    return bare if bare in TABLE else next((bare.removesuffix(one) for one in _SUFFIXES if bare.endswith(one)), bare)


def test_each_metric_and_label_of_a_query_is_one_that_we_export() -> None:
    used = set()
    for query in queries():
        for name, matchers in re.findall(rf"({PREFIX}\w+)(?:\{{([^}}]*)\}})?", query):
            assert family(name) in TABLE, query
            used.add(family(name))
            labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
            assert labels - _OF_PROMETHEUS <= set(TABLE[family(name)][1]), query
            for grouped in re.findall(r"by \(([^)]*)\)", query):
                assert set(re.split(r"\s*,\s*", grouped)) - _OF_PROMETHEUS <= set(TABLE[family(name)][1]), query
    assert used >= {"users", "sockets", "operations", "operation_seconds", "verdict", "verdict_limit", "gauge", "phase"}


def test_each_label_of_a_legend_is_one_of_its_metric() -> None:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            names = re.findall(rf"{PREFIX}\w+", target["expr"])
            labels = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert labels <= {label for name in names for label in TABLE[family(name)][1]}, panel["title"]


def test_each_row_in_a_query_is_one_of_our_gauges() -> None:
    rows = {row for query in queries() for found in re.findall(r'row=~?"([^"]+)"', query) for row in found.split("|")}
    assert rows >= {"target cpu", "generator cpu"}
    for row in rows:
        assert f"{GAUGE} {row}" in ROWS or named(f"{GAUGE} {row}").about != "not in the table of rows", row


def test_a_dashboard_shows_target_next_to_generator_and_phases_as_annotations() -> None:
    at = {panel["title"]: panel["gridPos"] for panel in DASHBOARD["panels"]}
    for target, generator in (("Target: CPU of its processes", "Generator: CPU of each process"),):
        assert at[target]["y"] == at[generator]["y"] and at[target]["x"] != at[generator]["x"]
    assert [one["name"] for one in DASHBOARD["annotations"]["list"]] == ["Phases"]
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_compose_mounts_existing_files_and_prometheus_scrapes_its_services() -> None:
    for name in ("prometheus", "grafana"):
        assert SERVICES[name]["profiles"] == ["monitoring"]
        for mount in SERVICES[name]["volumes"]:
            assert (ROOT / mount.split(":")[0]).is_dir(), mount
    targets = [target for job in SCRAPE["scrape_configs"] for one in job["static_configs"] for target in one["targets"]]
    for target in targets:
        service, _, port = target.partition(":")
        assert any(published.endswith(f":{port}") for published in SERVICES[service]["ports"]), target
    assert all((DEPLOY / "prometheus" / name).is_file() for name in SCRAPE["rule_files"])
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"][0]
    assert source["url"] == "http://prometheus:9090"


def of_run(kind: str, name: str) -> dict[str, Any]:
    (found,) = (one for one in RUN if (one["kind"], one["metadata"]["name"]) == (kind, name))
    return found["spec"]


def option(words: list[str], name: str) -> str:
    (found,) = (word.partition("=")[2] for word in words if word.startswith(f"--{name}="))
    return found


@cache
def known() -> str:
    ours = argparse.ArgumentParser()
    add_arguments(ours)
    words = [sys.executable, "-m", "locust", "-f", "locustfiles/load.py", "--help"]
    return ours.format_help() + subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60).stdout


def test_master_workers_and_target_in_a_cluster_use_matching_names() -> None:
    master, worker = (
        of_run(*one)["template"]["spec"]
        for one in (("Job", "reznet-load-master"), ("Deployment", "reznet-load-worker"))
    )
    words = master["containers"][0]["args"]
    assert option(words, "expect-workers") == str(of_run("Deployment", "reznet-load-worker")["replicas"])
    assert option(worker["containers"][0]["args"], "master-host") == "reznet-load-master"
    service = of_run("Service", "reznet-load-master")
    ports = {port["name"]: port["port"] for port in service["ports"]}
    assert ports == {"workers": 5557, "metrics": int(option(words, "metrics-port"))}
    labels = of_run("Job", "reznet-load-master")["template"]["metadata"]["labels"]
    assert service["selector"].items() <= labels.items()
    assert option(words, "metrics-host") == "0.0.0.0"  # loopback of a pod is not what Prometheus reaches


def test_the_reports_of_a_run_in_a_cluster_are_on_its_volume() -> None:
    master = of_run("Job", "reznet-load-master")["template"]["spec"]
    (mount,) = master["containers"][0]["volumeMounts"]
    assert mount["mountPath"] == option(master["containers"][0]["args"], "reports")
    (volume,) = master["volumes"]
    assert volume["name"] == mount["name"]
    of_run("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])
    user = re.search(r"--uid (\d+)", (ROOT / "Dockerfile").read_text())
    assert user is not None and master["securityContext"]["fsGroup"] == int(user[1])


@pytest.mark.parametrize("kind", ["Job", "Deployment"])
def test_locust_understands_the_command_of_a(kind: str) -> None:
    (spec,) = (one["spec"]["template"]["spec"] for one in RUN if one["kind"] == kind)
    (container,) = spec["containers"]
    assert container["command"] == ["locust"] and container["args"][:2] == ["-f", "locustfiles/load.py"]
    for word in container["args"][2:]:
        assert word.split("=")[0] in known(), word


def test_the_resource_of_the_operator_is_what_its_definition_allows() -> None:
    schema = json.loads((Path(__file__).parent / "locusttest.schema.json").read_text())
    made = yaml.safe_load((DEPLOY / "kubernetes" / "locusttest.yaml").read_text())
    jsonschema.validate(made, schema)
    words = made["spec"]["args"].split()
    assert words[:2] == ["-f", "locustfiles/web.py"] and (ROOT / words[1]).is_file()
    assert all(word in known() for word in words if word.startswith("--"))
    with pytest.raises(jsonschema.ValidationError):  # it mounts no volume, and would silently drop the wish
        jsonschema.validate(made | {"spec": made["spec"] | {"volumes": []}}, schema)

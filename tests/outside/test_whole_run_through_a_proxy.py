"""A whole run whose deployment has a name that only the proxy knows, and one in an environment full of dead proxies."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.deployment.small_proxy import small_proxy
from tests.live.stack import run

pytestmark = pytest.mark.outside

NAME = "backend.invalid"
SMALL = ("--users", "6", "--mix", "2:2:2", "--duration", "12s", "--ramp", "1s", "--arrivals", "5/s")
DEAD = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:9")


def test_users_sockets_setup_probes_and_clean_up_go_through_it(stack: dict[str, Any], tmp_path: Path) -> None:
    port = urlsplit(stack["url"]).port
    with small_proxy() as proxy:
        words = ("--proxy", proxy.url, "--allow-host", NAME, "--prometheus", f"http://{NAME}:{port}/metrics")
        ran = run(tmp_path, "load", *SMALL, *words, HOST=f"http://{NAME}:{port}", **DEAD)
        assert set(proxy.asked) == {f"{NAME}:{port}"} and not proxy.heard
    rows = {row["key"]: row for row in ran.result["rows"]}
    for key in ("GET /api/agents", "GET /api/agents (arrivals)", "CHAT connect", "CHAT echo"):
        assert rows[key]["failures"] == 0 < rows[key]["count"], (key, rows.keys())
    assert f"went through the proxy {proxy.url} (CONNECT)" in ran.document
    assert "the backend answers: GET" in ran.details


def test_dead_proxies_of_the_environment_change_nothing(tmp_path: Path) -> None:
    ran = run(tmp_path, "load", *SMALL, "--target", "--messages 500", NO_PROXY="localhost,[::1]", **DEAD)
    assert "Traceback" not in ran.output
    assert all(not row["failures"] for row in ran.result["rows"] if row["key"].startswith(("GET", "WS"))), ran.output
    assert "ALL_PROXY, HTTPS_PROXY, HTTP_PROXY, all_proxy, http_proxy of the environment was not used" in ran.document

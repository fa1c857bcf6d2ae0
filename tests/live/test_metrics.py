"""A run that is scraped once a second to its end."""

from __future__ import annotations

import socket
from pathlib import Path

from reznet_load.core.system.machine import free_port
from tests.live.stack import run
from tests.scraped import ScrapedPage, Scraper, assert_equals_result


def test_the_last_scrape_of_a_run_equals_its_result(tmp_path: Path, deployed: dict[str, str]) -> None:
    port = free_port()
    with Scraper(f"http://127.0.0.1:{port}/metrics") as scraper:
        ran = run(tmp_path, "smoke", "--users", "8", "--duration", "10s", "--metrics-port", str(port), **deployed)
    assert ran.code == 0, ran.output
    pages = [ScrapedPage(text) for text in scraper.pages]
    assert_equals_result(pages[-1], ran.result)
    seen = [(page.value("running"), page.value("users"), page.value("phase", phase="steady")) for page in pages]
    assert (1.0, 8.0, 1.0) in seen and seen[-1] == (0.0, 0.0, 0.0)
    assert any((page.value("gauge", row="target cpu", process="probes", unit="%") or 0) > 0 for page in pages)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0

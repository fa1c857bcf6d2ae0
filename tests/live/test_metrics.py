"""A run that is scraped once a second to its end, and that judges metrics of the target's own page."""

from __future__ import annotations

import socket
from pathlib import Path

from reznet_load.core.system.machine import free_port
from tests.live.stack import run
from tests.scraped import ScrapedPage, Scraper, assert_equals_result

ROWS = "GAUGE metric target_sockets"
NFR = """
[[nfr]]
id = "{id}"
title = "{id}"
statistic = "max"
limit = "< {limit} value"
section = 6
rows = ["GAUGE metric target_sockets"]
"""


def test_the_last_scrape_of_a_run_equals_its_result(tmp_path: Path, deployed: dict[str, str]) -> None:
    port, nfr = free_port(), tmp_path / "nfr.toml"
    nfr.write_text(NFR.format(id="few_sockets", limit=100) + NFR.format(id="fewer_sockets", limit=2))
    words = ["--users", "8", "--duration", "10s", "--metrics-port", str(port), "--nfr", str(nfr)]
    words += ["--prometheus", f"{deployed['HOST']}/metrics", "--metric", "target_sockets"]
    words += ["--metric", 'target_cache_reads_total{result="hit"}']
    with Scraper(f"http://127.0.0.1:{port}/metrics") as scraper:
        ran = run(tmp_path, "smoke", *words, **deployed)
    pages = [ScrapedPage(text) for text in scraper.pages]
    assert_equals_result(pages[-1], ran.result)
    seen = [(page.value("running"), page.value("users"), page.value("phase", phase="steady")) for page in pages]
    assert (1.0, 8.0, 1.0) in seen and seen[-1] == (0.0, 0.0, 0.0)
    assert any((page.value("gauge", row="target cpu", process="probe", unit="%") or 0) > 0 for page in pages)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert ran.code == 1 and {ran.verdicts()[name] for name in ("few_sockets", "fewer_sockets")} == {"pass", "fail"}
    assert ran.verdicts()["few_sockets"] == "pass"
    failed = next(one for one in ran.result["verdicts"] if one["id"] == "fewer_sockets")
    assert pages[-1].value("verdict", nfr="fewer_sockets", phase=failed["phase"], required="true") == 0
    assert ran.row('GAUGE metric target_cache_reads_total{result="hit"}')["maximum"] > 0
    assert ran.row(ROWS)["maximum"] == ran.row("GAUGE sockets")["maximum"]

"""A target's metrics page, as the client library writes it, and everything a page can be in its place."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

from reznet_load import cli
from reznet_load.core.settings.settings import Settings
from reznet_load.probes.probe import Notes, ProbeError
from reznet_load.probes.processes import ProcessProbe
from reznet_load.probes.prometheus import of_process, parse
from tests.probes.test_postgres import seen


@contextmanager
def page(answer: bytes | None, status: int = 200) -> Iterator[str]:
    """The URL of a page that answers `answer`; None: the metrics of this very process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(generate_latest(registry) if answer is None else answer)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
    thread = Thread(target=http.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/metrics"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


def probe_of(url: str, notes: Notes | None = None) -> ProcessProbe:
    return ProcessProbe(Settings(host="http://192.0.2.1:8000", prometheus=url), notes or Notes())


def test_a_remote_target_is_read_from_its_metrics_page() -> None:
    notes = Notes()
    with page(None) as url:
        probe = probe_of(url, notes)
        assert probe.open() == {"watched": {}, "prometheus": url}
        _, look = [task.act for task in probe.tasks()]
        look(time.time())
        until = time.process_time() + 0.05
        while time.process_time() < until:
            pass
        look(time.time())
    values = seen(notes)
    me = psutil.Process(os.getpid())
    assert values["target memory"][-1] == pytest.approx(me.memory_info().rss / 1e6, rel=0.2)
    assert values["target open files"][-1] == pytest.approx(me.num_fds(), abs=8)
    assert len(values["target cpu"]) == 1 and values["target cpu"][0] > 5


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        (b"<html>hello</html>", 200, "not Prometheus' text format|none of process_cpu_seconds_total"),
        (b"process_open_fds{ 5", 200, "not Prometheus' text format"),
        (b"process_open_fds five", 200, "not Prometheus' text format"),
        (b"up 1\n", 200, "none of process_cpu_seconds_total"),
        (b"\xff\xfe", 200, "not UTF-8"),
        (b"no", 403, "answered 403"),
    ],
)
def test_an_invalid_metrics_page_gives_a_reason(answer: bytes, status: int, says: str) -> None:
    with page(answer, status) as url, pytest.raises(ProbeError, match=says):
        probe_of(url).open()


def test_an_unreachable_page_gives_a_reason_without_its_password() -> None:
    with pytest.raises(ProbeError, match=r"--prometheus http://me:\*\*\*@127.0.0.1:1/metrics") as refused:
        probe_of("http://me:not-the-password@127.0.0.1:1/metrics").open()
    assert "not-the-password" not in str(refused.value)


def test_several_processes_on_one_page_are_summed() -> None:
    assert of_process(parse('process_open_fds{pid="1"} 5\nprocess_open_fds{pid="2"} 6\n')) == {"process_open_fds": 11.0}


@given(st.text(max_size=200))
def test_any_text_gives_samples_or_a_reason(text: str) -> None:
    try:
        assert all(isinstance(one.value, float) for one in parse(text))
    except ProbeError:
        pass


def test_an_address_that_is_no_url_stops_before_the_first_user(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["smoke", "--host", "http://127.0.0.1:1", "--prometheus", "metrics"]) == 2
    assert "expected a URL like http://10.0.0.5:8000/metrics" in capsys.readouterr().err

"""Metrics of a Prometheus page as rows that a requirement can judge."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from reznet_load.core.errors import ConfigError
from reznet_load.core.measured.named_row import OF_SYSTEM
from reznet_load.core.measured.page_metric import parse_page_metric
from reznet_load.core.rows import named
from reznet_load.core.settings.options import from_namespace
from reznet_load.core.settings.run_options import add_arguments
from reznet_load.core.settings.settings import Settings, from_environment, to_environment
from reznet_load.deployment.prepare import check
from reznet_load.probes.page_metrics import PageMetrics
from reznet_load.probes.probe import Notes
from reznet_load.probes.processes import ProcessProbe
from reznet_load.probes.prometheus import parse
from tests.probes.test_postgres import seen
from tests.probes.test_prometheus import page

PAGE = """# TYPE queue_length gauge
queue_length{name="chat",shard="1"} 3
queue_length{name="chat",shard="2"} 4
queue_length{name="mail",shard="1"} 100
# TYPE http_requests counter
http_requests_total{path="/chat"} %d
# TYPE oldest_seconds gauge
oldest_seconds 0.25
# TYPE heap_bytes gauge
heap_bytes 3e+06
# TYPE broken gauge
broken NaN
"""


def values(chosen: list[str], *looks: int) -> dict[str, list[float]]:
    """What the rows have after looks two seconds apart; each look has its value of the counter."""
    notes = Notes()
    metrics = PageMetrics(map(parse_page_metric, chosen), notes)
    for number, counted in enumerate(looks):
        metrics.take(parse(PAGE % counted), 10.0 + 2 * number)
    return seen(notes)


def test_matching_series_are_summed() -> None:
    assert values(['queue_length{name="chat"}'], 0) == {'metric queue_length{name="chat"}': [7.0]}
    assert values(["queue_length"], 0) == {"metric queue_length": [107.0]}


def test_a_counter_gives_a_rate_and_a_restart_gives_no_value() -> None:
    found = values(['http_requests_total{path="/chat"}'], 100, 150, 3, 13)
    assert found == {'metric http_requests_total{path="/chat"}': [25.0, 5.0]}


def test_seconds_and_bytes_are_converted_to_ms_and_mb() -> None:
    found = values(["oldest_seconds", "heap_bytes", "broken"], 0)
    assert found == {"metric oldest_seconds": [250.0], "metric heap_bytes": [3.0]}
    units = [parse_page_metric(text).row.unit for text in ("oldest_seconds", "heap_bytes", "a_seconds_total", "b")]
    assert units == ["ms", "MB", "/s", "value"]


def test_a_page_metrics_row_belongs_to_the_system_under_test() -> None:
    assert named('GAUGE metric queue_length{name="chat"}').whose == OF_SYSTEM


def test_a_metric_that_was_never_on_the_page_has_a_reason() -> None:
    with page(b"queue_length 3\n") as url:
        probe = ProcessProbe(Settings(host="http://192.0.2.1:8000", prometheus=url, metric=("queue_len",)), Notes())
        probe.open()
        for task in probe.tasks():
            task.act(0.0)
        hidden = probe.close()["hidden"]
    assert hidden["GAUGE metric queue_len"] == "the page of --prometheus never had queue_len"


def settings(*words: str) -> Settings:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return from_namespace(parser.parse_args(words), {})


def settings_of(*words: str) -> Settings:
    return settings("--prometheus", "http://127.0.0.1:1/metrics", *words)


def test_metrics_are_written_in_one_way_and_reach_each_process() -> None:
    chosen = settings_of("--metric", 'a{ x = "1", y="\\"" }', "--metric", 'a{x="1",y="\\""}')
    assert len(chosen.metric) == 1 and from_environment(to_environment(chosen)) == chosen


@pytest.mark.parametrize("text", ["", "a b", "a{", "a{x=1}", 'a{x="1"', "5a", 'a{x="1" y="2"}'])
def test_an_invalid_metric_is_refused_with_the_right_form(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--metric: read .* expected a name as the page has it"):
        settings_of("--metric", text)


def test_a_metric_without_a_page_is_refused() -> None:
    with pytest.raises(ConfigError, match="--metric: no page is read"):
        settings("--metric", "a")


def test_a_limit_in_another_unit_is_refused(tmp_path: Path) -> None:
    nfr = tmp_path / "nfr.toml"
    block = "[[nfr]]\nid = 'queue'\ntitle = 'Queue'\nstatistic = 'max'\nsection = 6\nrows = ['GAUGE metric queue_length*']\n"
    nfr.write_text(block + "limit = '< 5 s'\n")
    chosen = settings_of("--metric", 'queue_length{name="chat"}', "--nfr", str(nfr))
    with pytest.raises(ConfigError, match=r'queue limits GAUGE metric .*in value; expected a limit like "< 5 value"'):
        check(chosen)
    nfr.write_text(block + "limit = '< 5 value'\n")
    check(chosen)

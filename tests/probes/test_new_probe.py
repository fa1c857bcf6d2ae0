"""A new probe is one file and one row of the table: nothing else is edited."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from reznet_load.core import rows
from reznet_load.core.folder import FACTS, SAMPLES
from reznet_load.core.kinds import KINDS
from reznet_load.core.measured.named_row import GAUGE, OF_SYSTEM, NamedRow
from reznet_load.core.named import load_named
from reznet_load.core.needs import needs
from reznet_load.core.nfr import load_requirements
from reznet_load.core.probes import PROBES, ProbeKind
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.resources import resource
from reznet_load.probes.probe import Notes, ProbedRun
from reznet_load.probes.process import Run, chosen
from reznet_load.report.render import render_details
from reznet_load.result.assemble import judge_folder
from reznet_load.result.probed import lay_in
from tests import builders
from tests.builders import info

QUEUE = '''
"""The queue of jobs."""

from reznet_load.core.measured.named_row import OF_SYSTEM, NamedRow
from reznet_load.probes.probe import ProbeError, Task

LENGTH = NamedRow("GAUGE", "queue length", "count", OF_SYSTEM, "jobs that wait")


class QueueProbe:
    """Its length."""

    name = "queue"

    @classmethod
    def of_run(cls, run):
        """Of the run's settings."""
        return cls(run.settings.prometheus, run.notes)

    def __init__(self, url, notes):
        self.url, self.notes = url, notes

    def open(self):
        """Raises ProbeError."""
        if "refused" in self.url:
            raise ProbeError("no queue there")
        return {"length": 3}

    def tasks(self):
        """One reading a second."""
        return [Task(1.0, lambda due: self.notes.gauge(LENGTH, 3))]

    def close(self):
        """What is left."""
        return {"length": 0}
'''
JUDGED = """
[[nfr]]
id = "queue_length"
title = "Queue Length"
statistic = "max"
limit = "< 10 count"
rows = ["GAUGE queue length"]
section = 6
needs = ["queue"]
"""
ROW = ProbeKind("queue", "queue_probe:QueueProbe", "The queue", "prometheus", "no queue was named", addressed=True)


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file and a row, and a folder for a run."""
    (tmp_path / "queue_probe.py").write_text(QUEUE)
    (tmp_path / SAMPLES).mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(PROBES, "queue", ROW)
    return tmp_path


def probed(folder: Path, settings: Settings) -> dict[str, dict[str, object]]:
    notes = Notes()
    stop = threading.Event()
    stop.set()
    Run(folder, chosen(ProbedRun(folder, settings, notes)), notes).until(stop)
    return json.loads((folder / FACTS).read_text())


def test_a_file_and_a_row_make_a_probe(queue: Path) -> None:
    assert Settings().probes == tuple(PROBES) and "queue" in PROBES
    found = probed(queue, Settings(prometheus="http://queue", probes=("queue",)))
    assert (found["has"], found["before"], found["after"]) == (
        ["queue"],
        {"queue": {"length": 3}},
        {"queue": {"length": 0}},
    )
    assert chosen(ProbedRun(queue, Settings(probes=("queue",)), Notes())) == []  # nothing switches it on


def test_an_environment_variable_may_switch_a_probe_on(queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = ProbeKind("queue", "queue_probe:QueueProbe", "The queue", "", "no QUEUE_URL was given", variable="QUEUE_URL")
    monkeypatch.setitem(PROBES, "queue", row)
    run = ProbedRun(queue, Settings(probes=("queue",)), Notes())
    assert chosen(run) == []
    monkeypatch.setenv("QUEUE_URL", "amqp://queue")
    assert [probe.name for probe in chosen(run)] == ["queue"]


def test_a_requirement_may_need_the_new_probe(queue: Path) -> None:
    overlay = queue / "more.toml"
    overlay.write_text('[[nfr]]\nid = "db_query_p95"\nneeds = ["queue"]\n')
    nfrs = {nfr.id: nfr for nfr in load_requirements(resource("nfr.toml"), overlay).nfrs}
    assert nfrs["db_query_p95"].needs == ("queue",) and needs()["queue"] == "no queue was named"


def test_the_new_probes_row_is_shown_with_the_servers_and_judged(queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    length = NamedRow(GAUGE, "queue length", "count", OF_SYSTEM, "jobs that wait")
    monkeypatch.setitem(rows.TABLE, length.key, length)
    rows.named.cache_clear()
    values, units = builders.healthy()
    folder = builders.write_run(
        queue / "run", values | {length.key: np.full(60, 3.0)}, units | {length.key: length.unit}
    )
    probed(folder, Settings(prometheus="http://queue", probes=("queue",)))
    with (folder / "nfr.toml").open("a") as file:
        file.write(JUDGED)
    run = judge_folder(folder)
    rows.named.cache_clear()
    verdict = next(one for one in run.result.verdicts if one.id == "queue_length")
    assert (verdict.outcome, verdict.value, verdict.row) == ("pass", 3.0, length.key)
    servers = render_details(run).partition("*The system under test, each second*")[2]
    assert f"| {length.key} | 60 | 3 | 3 | 3 |" in servers


def test_the_report_names_the_new_probe_by_its_title(queue: Path) -> None:
    probed(queue, Settings(prometheus="http://refused", probes=("queue",)))
    (caution,) = lay_in(queue, info()).cautions
    assert (caution.id, caution.text) == ("probe_refused_queue", "The queue could not be checked: no queue there.")


def test_a_probe_that_cannot_be_made_leaves_a_reason_and_the_others_run(
    queue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROBES, "broken", ProbeKind("broken", "queue_probe:Missing", "It", "", "it did not run"))
    found = probed(queue, Settings(prometheus="http://queue", probes=("broken", "queue")))
    assert found["has"] == ["queue"]
    assert "queue_probe has no Missing" in str(found["lacks"]["broken"])


def test_every_probe_of_the_table_has_its_name_and_its_setting() -> None:
    for kind in PROBES.values():
        assert load_named(kind.probe).name == kind.name
        assert not kind.setting or hasattr(Settings(), kind.setting)


def test_no_need_has_two_meanings() -> None:
    assert not KINDS.keys() & PROBES.keys()
    assert list(needs()) == [*KINDS, *PROBES]

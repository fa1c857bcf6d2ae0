"""The console while a run is on, in processes of its own (importing Locust patches the interpreter): why rows fail, and turns."""

from __future__ import annotations

import json
from typing import Any

from tests.load.test_record import run

AFTER_REPLY = "error after reply: a whole reply, then an error message of the same agent"
PREAMBLE = f"""
import json
from types import SimpleNamespace
from locust.env import Environment
from reznet_load.core.measured.measurement import Measurement
from reznet_load.core.profile import Phase
from reznet_load.core.system import clock
from reznet_load.load.progress import Progress
from reznet_load.load.record import Recorder
from reznet_load.load.turn_tally import TurnTally
AFTER_REPLY = {AFTER_REPLY!r}
NOW = clock.now()
PHASES = (Phase("ramp-up", NOW - 90, NOW - 60, 2, False), Phase("steady", NOW - 60, NOW + 60, 2, True))

class Run:
    def __init__(self):
        self.environment = Environment()
        self.environment.create_local_runner()
        self.recorder, self.turns = Recorder(self.environment), TurnTally(self.environment)
        self.progress = Progress(self.environment, SimpleNamespace(phases=PHASES), self.turns)

    def measured(self, kind, name, ms, error=None, before=10.0):
        self.recorder.record(Measurement(kind, name, ms, NOW - before, error=error))

    def turn(self, ms, error=None, before=10.0):
        self.measured("CHAT", "agent turn", ms, error, before)

here = Run()
"""


def said(script: str) -> Any:
    return json.loads(run(PREAMBLE + script))


def test_failed_turns_and_those_of_the_ramp_up_have_no_part_in_the_p95_of_turns() -> None:
    line = said("""
for _ in range(40):
    here.turn(9000.0, error=AFTER_REPLY)
    here.turn(9000.0, before=70)
    here.turn(1000.0)
print(json.dumps(here.progress.line()))
""")
    assert "40 agent turns that began in steady succeeded, p95 about 1 000 ms" in line


def test_where_every_turn_fails_no_p95_is_shown() -> None:
    line = said("""
for _ in range(40):
    here.turn(900.0, error=AFTER_REPLY)
print(json.dumps(here.progress.line()))
""")
    assert "p95" not in line and "40 errors" in line


def test_each_failing_row_is_explained_only_when_its_failures_changed() -> None:
    first, second, third = said("""
for number in range(12):
    here.turn(900.0, error=AFTER_REPLY if number % 4 else "silence: no first token in time")
    here.measured("GET", "/health", 1.0, error="HTTP 503" if number < 2 else None)
found = [here.progress.failing(), here.progress.failing()]
here.turn(900.0, error=AFTER_REPLY)
print(json.dumps([*found, here.progress.failing()]))
""")
    assert [line.strip() for line in first] == [
        f"CHAT agent turn: 12 of 12 failed so far: 9 × {AFTER_REPLY}; 3 × silence: no first token in time",
        "GET /health: 2 of 12 failed so far: 2 × HTTP 503",
    ]
    assert second == [] and len(third) == 2


def test_turns_and_reasons_of_workers_arrive_with_their_reports() -> None:
    line, failing, left = said("""
worker = Run()
for _ in range(20):
    worker.turn(1000.0)
    worker.turn(900.0, error=AFTER_REPLY)
data = {}
worker.environment.events.report_to_master.fire(client_id="w", data=data)
data = json.loads(json.dumps(data))
here.environment.events.worker_report.fire(client_id="w", data=data)
print(json.dumps([here.progress.line(), here.progress.failing(), worker.turns.within(None)]))
""")
    assert "20 agent turns that began in steady succeeded" in line and left == [0, None]
    assert failing == [] or AFTER_REPLY in failing[0]


WATCH = """
from reznet_load.core.settings.settings import Settings
from reznet_load.load.live.live_watch import LiveWatch
from reznet_load.load.live.row_tally import RowTally

def watched(part="steady", **chosen):
    run = Run()
    shape = SimpleNamespace(phases=(Phase("on", 0, 60, 2, True, part),), elapsed=30.0, stopped="")
    watch = LiveWatch(SimpleNamespace(shape=shape), RowTally(run.environment), Settings(**chosen), lambda: "")
    for _ in range(5):
        run.turn(900.0, error=AFTER_REPLY)
    for now in (0.0, 19.0, 20.0, 21.0):
        watch.look(now, None)
    return shape.stopped
"""


def test_stop_on_fail_ends_a_run_with_only_failed_turns_but_not_beyond_the_expected_load() -> None:
    found = said(
        WATCH
        + """
import contextlib, io
with contextlib.redirect_stdout(io.StringIO()) as told:
    ends = [watched(stop_on_fail=True), watched(), watched("beyond", stop_on_fail=True)]
print(json.dumps([ends, told.getvalue()]))
"""
    )
    (stopped, *others), told = found
    assert stopped.startswith("no agent turn has succeeded for 20 s, 5 failed in a row: 5 × error after reply")
    assert others == ["", ""] and told.count("BROKEN: no agent turn") == 3 and told.count("the run ends now") == 1


def test_rows_of_workers_are_counted_at_the_master() -> None:
    found = said(
        WATCH
        + """
worker, master = Run(), Run()
here, there = RowTally(worker.environment), RowTally(master.environment)
worker.turn(1000.0); worker.turn(900.0, error=AFTER_REPLY)
data = {}
worker.environment.events.report_to_master.fire(client_id="w", data=data)
master.environment.events.worker_report.fire(client_id="w", data=json.loads(json.dumps(data)))
row = there.take(1.0)["CHAT agent turn"]
print(json.dumps([row.ok, row.failed, row.p95, row.errors, len(here.take(1.0))]))
"""
    )
    assert found[:2] == [1, 1] and abs(found[2] - 1000) < 5 and found[3] == {AFTER_REPLY: 1} and found[4] == 0

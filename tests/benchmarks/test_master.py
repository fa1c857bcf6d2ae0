"""What simulated workers send: as many samples as their rate gives, with present times, and a report in Locust's
format.
"""

from __future__ import annotations

import json

from tests.load.test_record import run

SCRIPT = """
import json, time
import numpy as np
from locust.stats import RequestStats, StatsEntry
from benchmarks.master.synthetic import LocustReports, SyntheticRecorder
from reznet_load.core.measured.measurement import RECORD_FIELDS

recorder, began = SyntheticRecorder(1000, 1), time.time()
nothing = recorder.take()[0]
recorder.start()
time.sleep(0.3)
packed, names = recorder.take()
recorder.stop()
rest = len(recorder.take()[0]) // 20
found = np.frombuffer(packed, RECORD_FIELDS)
report, _ = LocustReports(1000, 1).take()
stats = RequestStats()
total = StatsEntry.unserialize(report["stats_total"], stats)
print(json.dumps({
    "before": len(nothing), "samples": len(found), "rows": len(names), "sent": recorder.sent - rest,
    "after": len(recorder.take()[0]),
    "in time": bool((found["start"] >= began).all() and (found["start"] <= time.time()).all()),
    "requests": total.num_requests, "timed": sum(total.response_times.values()),
    "of rows": sum(entry["num_requests"] for entry in report["stats"]),
}))
"""


def test_a_simulated_worker_ships_what_its_rate_makes() -> None:
    seen = json.loads(run(SCRIPT))
    assert 290 <= seen["samples"] <= 600 and seen["sent"] == seen["samples"] and seen["in time"]
    assert (seen["before"], seen["after"], seen["rows"]) == (0, 0, 12)


def test_a_simulated_workers_report_covers_three_seconds() -> None:
    seen = json.loads(run(SCRIPT))
    assert seen["requests"] == seen["timed"] == seen["of rows"] == 3000

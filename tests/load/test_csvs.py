"""Locust's CSVs as we write them: the figures Locust's own writer gives, without its pauses."""

from __future__ import annotations

from tests.load.test_record import run

SCRIPT = """
import random, time
from locust import stats
from locust.env import Environment
from reznet_load.load.samples.csvs import percentiles, recent
from reznet_load.load.record import use_fine_buckets

use_fine_buckets()
levels, rng = stats.PERCENTILES_TO_REPORT, random.Random(5)
for _ in range(300):
    times = {rng.uniform(0, 900): rng.randint(1, 9) for _ in range(rng.randint(0, 60))}
    timed = sum(times.values())
    theirs = [stats.calculate_response_time_percentile(times, timed, level) for level in levels]
    assert percentiles(times, timed, levels) == theirs, (times, theirs)

moment = [1000.0]
time.time = lambda: moment[0]
environment = Environment()
environment.create_local_runner()
seen = 0
for second in range(60):
    moment[0] += rng.choice([1, 1, 1, 4])
    for _ in range(rng.randint(0, 5)):
        environment.stats.log_request("GET", "/", rng.choice([None, rng.uniform(1, 900)]), 0)
    if ("/", "GET") in environment.stats.entries:
        entry = environment.stats.entries["/", "GET"]
        theirs = [entry.get_current_response_time_percentile(level) or 0 for level in levels]
        assert percentiles(*recent(entry, int(moment[0])), levels) == theirs, second
        seen += any(theirs)
print(seen > 20)
"""


def test_percentiles_are_locusts_own() -> None:
    assert run(SCRIPT) == "True"

"""Recording, in separate processes: importing Locust patches the interpreter."""

from __future__ import annotations

import subprocess
import sys
import textwrap


def run(script: str) -> str:
    """What `script` prints in an interpreter of its own."""
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


PREAMBLE = """
import math
from locust.env import Environment
from reznet_load.core.measured.measurement import CUT_OFF, RECORD, Measurement
from reznet_load.core.rows import OPEN_SOCKETS
from reznet_load.load.record import Recorder, ReportedFailure, bucket, describe, use_fine_buckets
use_fine_buckets()
environment = Environment()
environment.create_local_runner()
recorder = Recorder(environment)
"""


def test_buckets_are_right_to_half_a_percent_and_to_a_microsecond_below() -> None:
    script = """
    from reznet_load.load.record import bucket
    import random
    rng = random.Random(1)
    values = [10 ** rng.uniform(-3, 4.8) for _ in range(20000)]
    worst = max(abs(bucket(v) - v) / v for v in values if v >= 1)
    small = max(abs(bucket(v) - v) for v in values if v < 0.25)
    buckets = [bucket(v) for v in sorted(values)]
    print(worst < 0.0045, small <= 0.00051, buckets == sorted(buckets), bucket(0) == 0)
    """
    assert run(script) == "True True True True"


def test_a_measurement_reaches_locust_and_the_samples() -> None:
    script = (
        PREAMBLE
        + """
recorder.record(Measurement("CHAT", "ping", 12.5, 1000.0, late=0.25))
recorder.record(Measurement("CHAT", "ping", 99.0, 1001.0, error="no pong within 5 s"))
recorder.record(Measurement("CHAT", "agent turn", 800.0, 1002.0, error=CUT_OFF))
recorder.record(Measurement("COUNT", "reply chunks", 40, 1002.0, unit="chunks"))
recorder.record(Measurement("CHAT", "noticed", None, 1003.0))
recorder.gauge(OPEN_SOCKETS, 3, at=1004.0)
packed, names = recorder.take()
records = [RECORD.unpack_from(packed, i) for i in range(0, len(packed), RECORD.size)]
print(len(records), [n.get("name") or n["text"] for n in names])
print(records[0], records[1][4], math.isnan(records[4][1]))
entry = environment.stats.get("ping", "CHAT")
seen = sorted(name for name, _ in environment.stats.entries)
print(entry.num_requests, entry.num_failures, entry.get_response_time_percentile(0.4), seen)
print(recorder.take())
"""
    )
    lines = run(script).splitlines()
    assert lines[0] == (
        "6 ['ping', 'no pong within 5 s', 'agent turn', 'cut off', 'reply chunks', 'noticed', 'sockets']"
    )
    assert lines[1] == "(1000.0, 12.5, 0.25, 0, 0) 1 True"
    assert lines[2].startswith("2 1 12.5") and lines[2].endswith("['noticed', 'ping']")
    assert lines[3] == "(b'', [])"


def test_a_backend_with_ever_new_error_texts_does_not_fill_memory() -> None:
    script = (
        PREAMBLE
        + """
for number in range(2000):
    recorder.record(Measurement("CHAT", "ping", 1.0, 0.0, error=f"error {number}"))
texts = [n["text"] for n in recorder.take()[1] if "text" in n]
print(len(texts), texts[-1])
"""
    )
    assert run(script) == "501 other errors"


ERRORS = {
    "ReportedFailure('busy: x')": "busy: x",
    "ConnectionRefusedError(111, 'Connection refused')": "connection refused",
    "ConnectionResetError(104, 'reset')": "connection lost",
    "TimeoutError('timed out')": "time-out: no answer in time",
    "ValueError('bad thing for url http://h/1')": "ValueError: bad thing",
    "KeyError()": "KeyError",
}


def test_errors_have_one_text_for_each_kind() -> None:
    told = run(PREAMBLE + "".join(f"print(describe({make}))\n" for make in ERRORS))
    assert dict(zip(ERRORS, told.splitlines(), strict=True)) == ERRORS


def test_gaps_recorded_in_one_call_equal_gaps_recorded_singly() -> None:
    script = (
        PREAMBLE
        + """
from reznet_load.core.measured.measurement import Gaps
several = Gaps("CHAT", "chunk gap", [20.0, 45.5, 19.0], 1000.0, about={"user": "u"})
other = Environment()
other.create_local_runner()
one_by_one = Recorder(other)
recorder.record(several)
for seen in several.each():
    one_by_one.record(seen)

def kept(recorder):
    packed, names = recorder.take()
    records = [RECORD.unpack_from(packed, at) for at in range(0, len(packed), RECORD.size)]
    return sorted((at, value, row, error) for at, value, _, row, error in records), names

def counted(environment):
    entries = (environment.stats.get("chunk gap", "CHAT"), environment.stats.total)
    names = ("num_requests", "min_response_time", "max_response_time", "total_response_time", "response_times")
    return [[getattr(entry, name) for name in names] for entry in entries]

print(kept(recorder) == kept(one_by_one), counted(environment) == counted(other))
"""
    )
    assert run(script).splitlines()[0] == "True True"

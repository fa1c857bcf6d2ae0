"""The benchmark of recording compares like with like: both sides do the same, and ours records everything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORDED = """
import json, subprocess, sys, tempfile
from pathlib import Path
from benchmarks import rest

server = subprocess.Popen([sys.executable, rest.__file__, "--serve"], stdout=subprocess.PIPE, text=True)
try:
    host = f"http://127.0.0.1:{int(server.stdout.readline())}"
    home = Path(tempfile.mkdtemp())
    calls, write = rest.our_calls(host, home)
    plain = rest.plain_calls(host)
    bodies = [call() for call in (calls[0], calls[1], plain[0])]
    write()
finally:
    server.terminate()
    server.wait(10)
names = [json.loads(line) for path in (home / "samples").glob("*.names.jsonl") for line in path.open()]
size = sum(path.stat().st_size for path in (home / "samples").glob("*.bin"))
print(json.dumps([bodies[0] == bodies[1] == bodies[2] == rest.AGENTS, size // 20, sorted(one["name"] for one in names)]))
"""


def test_both_sides_of_the_comparison_read_the_same_and_ours_records_three_samples() -> None:
    ran = subprocess.run([sys.executable, "-c", RECORDED], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    same, samples, names = json.loads(ran.stdout.splitlines()[-1])
    assert same and samples == 2 * 3
    assert names == ["/api/agents", "process time GET /api/agents", "query count GET /api/agents"]


def test_the_last_line_is_the_ratio() -> None:
    words = [sys.executable, "benchmarks/rest.py", "--seconds", "2"]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["pairs"] == 2 and 0.5 < found["vs_fast_http_user"] < 3

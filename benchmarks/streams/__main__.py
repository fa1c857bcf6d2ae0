"""Events of streamed replies per CPU-second: ours with turns matched, openai's SDK, httpx, aiohttp, and a bare libev loop.

    python -m benchmarks.streams [ROUNDS]        (make bench-streams)

100 streams of 50 tokens a second. Each client runs in a process of its own against a sender of its own; all take turns in
short rounds, and the best one counts. httpx and aiohttp are asked where they are installed, as `make` does. Last line: JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.streams.clients import KINDS

STREAMS, RATE = 100, 50
WARM, SECONDS = 2.0, 3.0
# ratio -> (to what, at least; None tells it without a bar)
BARS: dict[str, tuple[str, float | None]] = {
    "vs_openai_sdk": ("openai_sdk", 10.0),
    "vs_httpx": ("httpx", None),
    "vs_aiohttp": ("aiohttp", 2.0),
    "vs_limit": ("bare_loop", None),
}
_FOREIGN = ("httpx", "aiohttp")
ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    kinds = [kind for kind in KINDS if kind not in _FOREIGN or find_spec(kind)]
    best = dict.fromkeys(kinds, 0.0)
    for _ in range(rounds):
        for kind in kinds:
            heard = run(kind)
            best[kind] = max(best[kind], heard["events"] / heard["cpu"])
            share = heard["events"] / (STREAMS * RATE * SECONDS)
            rate, used = heard["events"] / heard["cpu"], heard["cpu"] / SECONDS
            print(f"  {kind:14}{rate:10,.0f} events per CPU-second{used:7.0%} of a core, heard {share:.0%}", flush=True)
    ratios: dict[str, float] = {}
    for name, (other, bar) in BARS.items():
        if other not in best:
            print(f"{name:16}not measured: {other} is not installed here")
            continue
        ratios[name] = round(best["ours"] / best[other], 2)
        said = "" if bar is None else f"   at least {bar:g}: {'met' if ratios[name] >= bar else 'MISSED'}"
        print(f"{name:16}{ratios[name]:8.2f}{said}")
    print(json.dumps({**ratios, "events_per_cpu_second": {kind: round(value) for kind, value in best.items()}}))


def run(kind: str) -> dict[str, float]:
    """What a client printed; its sender is ended whatever happens."""
    line = [sys.executable, "-m", "benchmarks.streams.sender", str(RATE)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT) as sender:
        try:
            assert sender.stdout is not None
            port = sender.stdout.readline().strip()
            command = [sys.executable, "-m", "benchmarks.streams.clients", kind, port, str(STREAMS), str(WARM)]
            heard = subprocess.run(
                [*command, str(SECONDS)], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=60, check=True
            )
        finally:
            sender.kill()
    return json.loads(heard.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()

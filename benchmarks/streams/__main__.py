"""Events of streamed replies per CPU-second: ours with turns matched, openai's SDK, httpx, aiohttp, and a bare libev loop.

    python -m benchmarks.streams [ROUNDS]        (make bench-streams)
    python -m benchmarks.streams many            1 000 streams in one process: loop lag, ours and a bare loop's, and memory

100 streams of 50 tokens a second. Each client runs in a process of its own against a sender of its own; all take turns in
short rounds, and the best one counts. httpx and aiohttp are installed into a virtual environment that is removed at the
end. What an event costs us is shown in its parts (`benchmarks/streams/parts.py`). Last line: JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.streams.clients import KINDS, TO_BE_HEARD
from benchmarks.streams.foreign import NAMES, installed
from benchmarks.streams.idle import IdleThread

STREAMS, RATE = 100, 50
WARM, SECONDS = 2.0, 3.0
# ratio -> (to what, at least; None shows it without a bar)
BARS: dict[str, tuple[str, float | None]] = {
    "vs_openai_sdk": ("openai_sdk", 10.0),
    "vs_httpx": ("httpx", None),
    "vs_aiohttp": ("aiohttp", 2.0),
    "vs_limit": ("bare_loop", None),
}
MANY, MANY_RATE, MANY_SECONDS = 1_000, 30, 15.0  # 300 ticks of lag: three lie above p99
MANY_ROUNDS = 2  # the better one counts, as above
LAG_MS, STREAM_KB = 20.0, 60.0  # at most
ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    if sys.argv[1:] == ["many"]:
        return many()
    with tempfile.TemporaryDirectory() as folder:
        foreign, why = installed(Path(folder))
        pythons = {kind: foreign if kind in NAMES else sys.executable for kind in KINDS}
        best = compared({kind: python for kind, python in pythons.items() if python}, int((sys.argv[1:] or ["3"])[0]))
    ratios: dict[str, float] = {}
    for name, (other, bar) in BARS.items():
        if other not in best:
            print(f"{name:16}not measured: {other} was not installed: {why}")
            continue
        ratios[name] = round(best["ours"] / best[other], 2)
        said = "" if bar is None else f"   at least {bar:g}: {_met(ratios[name] >= bar)}"
        print(f"{name:16}{ratios[name]:8.2f}{said}")
    parts = parts_of(1e6 / best["ours"])
    print("an event costs  " + ", ".join(f"{name} {value:.1f}" for name, value in parts.items()) + " µs")
    rates = {kind: round(value) for kind, value in best.items()}
    print(json.dumps({**ratios, "events_per_cpu_second": rates, "microseconds": parts}))
    return None


def compared(pythons: dict[str, str], rounds: int) -> dict[str, float]:
    """Kind of client -> events per CPU-second, of its best round."""
    best = dict.fromkeys(pythons, 0.0)
    for _ in range(rounds):
        for kind, python in pythons.items():
            heard = run(kind, python)
            rate, used = heard["events"] / heard["cpu"], heard["cpu"] / SECONDS
            best[kind] = max(best[kind], rate)
            share = heard["events"] / (STREAMS * RATE * SECONDS)
            silent = f", {heard['silent']:.0f} streams without an event" if heard["silent"] else ""
            print(
                f"  {kind:14}{rate:10,.0f} events per CPU-second{used:7.0%} of a core, heard {share:.0%}{silent}",
                flush=True,
            )
    return best


def parts_of(whole: float) -> dict[str, float]:
    """µs of an event by part; `record` comes on top of `whole`, once a turn, and is no part of the ratios."""
    line = [sys.executable, "-m", "benchmarks.streams.parts"]
    said = subprocess.run(line, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=120, check=True).stdout
    alone = json.loads(said.splitlines()[-1])
    parts = {"read": whole - alone["parse"] - alone["match"], **alone}
    return {name: round(value, 2) for name, value in parts.items()}


def many() -> None:
    """1 000 streams at 30 tokens a second, ours and a bare loop in turns: what both have is the machine's."""
    kinds = ("watched", "watched_bare_loop")
    rounds = [{kind: _watched(kind) for kind in kinds} for _ in range(MANY_ROUNDS)]
    ours, bare = (min((one[kind] for one in rounds), key=lambda one: one["lag_p99_ms"]) for kind in kinds)
    lag, memory = ours["lag_p99_ms"], ours["stream_kb"]
    print(f"loop lag p99 {lag:.1f} ms, at most {LAG_MS:g}: {_met(lag <= LAG_MS)}")
    print(
        f"a bare loop with the same streams {bare['lag_p99_ms']:.1f} ms; a process that does nothing, during ours, "
        f"{ours['idle_lag_p99_ms']:.1f} ms: the machine's share"
    )
    print(f"memory of a stream {memory:.1f} kB, at most {STREAM_KB:g}: {_met(memory <= STREAM_KB)}")
    print(json.dumps(ours | {"bare_lag_p99_ms": bare["lag_p99_ms"], "bare_lag_max_ms": bare["lag_max_ms"]}))


def _watched(kind: str) -> dict[str, float]:
    idle = IdleThread()
    heard = run(kind, sys.executable, MANY, MANY_RATE, MANY_SECONDS) | {"idle_lag_p99_ms": idle.p99()}
    share = heard["events"] / (MANY * MANY_RATE * MANY_SECONDS)
    print(
        f"  {kind:18}{MANY} streams, {share:.0%} of {MANY * MANY_RATE:,} events/s on {heard['cpu'] / MANY_SECONDS:.0%} of a core,"
        f" lag p99 {heard['lag_p99_ms']:.1f} ms, most {heard['lag_max_ms']:.1f} ms",
        flush=True,
    )
    return heard


def run(kind: str, python: str, streams: int = STREAMS, rate: int = RATE, seconds: float = SECONDS) -> dict[str, float]:
    """What a client printed; its sender is ended whatever happens."""
    line = [sys.executable, "-m", "benchmarks.streams.sender", str(rate)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT) as sender:
        try:
            assert sender.stdout is not None
            port = sender.stdout.readline().strip()
            command = [python, "-m", "benchmarks.streams.clients", kind, port, str(streams), str(WARM), str(seconds)]
            limit = TO_BE_HEARD + seconds + 40
            heard = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=limit, check=True)
        finally:
            sender.kill()
    return json.loads(heard.stdout.splitlines()[-1])


def _met(met: bool) -> str:
    return "met" if met else "MISSED"


if __name__ == "__main__":
    main()

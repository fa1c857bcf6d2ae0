"""How many users one process holds: memory of 2 000 idle ones, loop lag of 100 that hear 25 000 events/s.

    python -m benchmarks.sockets.users        (make bench-users)

Sockets are compressed, as a browser's are. Lag is how late a 50 ms timer of gevent fires. Last line: JSON.
"""

from __future__ import annotations

import json
import sys

from benchmarks.sockets.__main__ import run

IDLE, IDLE_RATE, IDLE_MB = 2_000, 0.5, 400
IDLE_SECONDS = 5.0  # an event every 2 s
BUSY, BUSY_RATE, BUSY_LAG_MS = 100, 250, 50
BUSY_SECONDS = 15.0  # 300 ticks: three lie above p99


def main() -> None:
    """Measure both, print the bars and the JSON line."""
    client = [sys.executable, "-m", "benchmarks.sockets.clients"]
    idle, _ = run([*client, "ours_compressed"], IDLE, IDLE_RATE, seconds=IDLE_SECONDS)
    busy, sender = run([*client, "ours_compressed"], BUSY, BUSY_RATE, spacing=0.0, seconds=BUSY_SECONDS)
    rate = busy["events"] / busy["seconds"]
    print(f"{IDLE} idle users: {idle['rss_mb']:.0f} MB resident, at most {IDLE_MB}: {_met(idle['rss_mb'] <= IDLE_MB)}")
    print(
        f"{BUSY} users, {rate:,.0f} events/s on {busy['cpu'] / busy['seconds']:.0%} of a core: lag p50 "
        f"{busy['lag_p50_ms']:.1f}, p99 {busy['lag_p99_ms']:.1f}, most {busy['lag_max_ms']:.1f} ms, p99 at most "
        f"{BUSY_LAG_MS}: {_met(busy['lag_p99_ms'] <= BUSY_LAG_MS)}; the sender at most {sender['late_ms']:.0f} ms late"
    )
    print(json.dumps({"idle": idle, "busy": busy}))


def _met(met: bool) -> str:
    return "met" if met else "MISSED"


if __name__ == "__main__":
    main()

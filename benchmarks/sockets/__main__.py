"""Events received per CPU-second: Locust's SocketIOUser, websocket-client, ours, ours compressed, and a C epoll loop.

Ours in two forms: users as the standard mix has them, and, beyond what any run has, all of them in a turn at once.

    python -m benchmarks.sockets [ROUNDS]        (make bench-sockets)

Two shapes, sockets x events a second each: 50 x 100 and 200 x 30. Each client runs in a process of its own against a
sender of its own; all take turns in short rounds, and the best one counts, so that a neighbour on the machine costs
little. Last line: JSON; each ratio is the worse of the two shapes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.sockets.clients import KINDS
from benchmarks.sockets.sender import SPACING

SHAPES = ((50, 100), (200, 30))
WARM, SECONDS = 0.5, 1.2
LIMIT = "c_limit"
# ratio -> (of what, to what, at least; None tells it without a bar)
BARS: dict[str, tuple[str, str, float | None]] = {
    "vs_socketio_user": ("ours", "socketio_user", 8.0),
    "vs_c_limit": ("ours", LIMIT, 0.6),
    "compressed_vs_plain": ("ours_compressed", "ours", 0.85),
    "all_asking_vs_c_limit": ("ours_all_asking", LIMIT, None),
    "all_asking_compressed_vs_plain": ("ours_all_asking_compressed", "ours_all_asking", None),
}

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    """Measure, print tables, the bars and the JSON line."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    with tempfile.TemporaryDirectory() as folder:
        limit = compiled(Path(folder))
        if limit is None:
            print("no C compiler here (cc): the limit is left out")
        kinds = [*KINDS, *([LIMIT] if limit else [])]
        figures = {f"{n}x{rate}": measure(kinds, n, rate, rounds, limit) for n, rate in SHAPES}
    ratios = worst_ratios(figures)
    for name, (_, _, bar) in BARS.items():
        if name in ratios:
            said = "" if bar is None else f"   at least {bar:g}: {'met' if ratios[name] >= bar else 'MISSED'}"
            print(f"{name:30}{ratios[name]:8.2f}{said}")
    print(json.dumps({**ratios, "events_per_cpu_second": figures}))


def compiled(folder: Path) -> Path | None:
    """limit.c, built; None without a compiler."""
    cc = shutil.which("cc")
    if cc is None:
        return None
    subprocess.run([cc, "-O2", "-o", str(folder / "limit"), str(Path(__file__).with_name("limit.c"))], check=True)
    return folder / "limit"


def measure(kinds: list[str], sockets: int, rate: int, rounds: int, limit: Path | None) -> dict[str, int]:
    """Events per CPU-second of each kind, the best of `rounds` taken in turns."""
    best = dict.fromkeys(kinds, 0.0)
    print(f"{sockets} sockets x {rate} events/s: events per CPU-second, CPU used")
    for _ in range(rounds):
        for kind in kinds:
            heard, sender = run(client(kind, limit), sockets, rate)
            best[kind] = max(best[kind], heard["events"] / heard["cpu"])
            share = heard["events"] / (sockets * rate * SECONDS)
            print(
                f"  {kind:28}{heard['events'] / heard['cpu']:10,.0f}{heard['cpu'] / SECONDS:7.0%}"
                f"   heard {share:.0%} of what was sent, the sender at most {sender['late_ms']:.0f} ms late"
            )
    return {kind: round(value) for kind, value in best.items()}


def client(kind: str, limit: Path | None) -> list[str]:
    """The command of a client, without its arguments."""
    return [str(limit)] if kind == LIMIT else [sys.executable, "-m", "benchmarks.sockets.clients", kind]


def run(
    command: list[str], sockets: int, rate: float, spacing: float = SPACING, seconds: float = SECONDS
) -> tuple[dict[str, float], dict[str, float]]:
    """What a client printed, and its sender. Both are ended whatever happens."""
    most = WARM + seconds + 30  # seconds, imports and handshakes included
    line = [sys.executable, "-m", "benchmarks.sockets.sender", str(sockets), str(rate), str(most), str(spacing)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT) as sender:
        try:
            assert sender.stdout is not None
            port = sender.stdout.readline().strip()
            heard = subprocess.run(
                [*command, port, str(sockets), str(WARM), str(seconds)],
                cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=most, check=True,
            )  # fmt: skip
            said, _ = sender.communicate(timeout=10)
        finally:
            sender.kill()
    return json.loads(heard.stdout.splitlines()[-1]), json.loads(said)


def worst_ratios(figures: dict[str, dict[str, int]]) -> dict[str, float]:
    """Each ratio of BARS that could be measured, of the shape where it is lowest."""
    found: dict[str, Callable[..., float] | float] = {}
    for name, (ours, other, _) in BARS.items():
        values = [shape[ours] / shape[other] for shape in figures.values() if other in shape]
        if values:
            found[name] = round(min(values), 2)
    return found  # type: ignore[return-value]


if __name__ == "__main__":
    main()

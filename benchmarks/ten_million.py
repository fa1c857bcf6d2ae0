"""How long judging and rendering ten million samples takes: `python benchmarks/ten_million.py [SAMPLES]`.

A made run folder: 100 users' rows as a long run leaves them, over four workers. Prints seconds, the peak of resident
memory, and a sort of as many numbers in the same run to compare with. Last line: JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from reznet_load.core import folder as run_folder
from reznet_load.core.measured.measurement import RECORD_FIELDS
from reznet_load.core.profile import Phase
from reznet_load.core.run import RunInfo
from reznet_load.core.system.resources import resource as shipped

ORIGIN, SECONDS, WORKERS = 1_790_000_000.0, 1000.0, 4
ROWS = [  # kind, name, unit, share of the samples, median
    ("CHAT", "chunk gap", "ms", 0.60, 20.0), ("CHAT", "echo", "ms", 0.08, 3.0), ("CHAT", "ping", "ms", 0.06, 1.0),
    ("CHAT", "agent turn", "ms", 0.02, 1100.0), ("CHAT", "first token", "ms", 0.02, 250.0),
    ("GET", "/api/agents", "ms", 0.07, 2.0), ("GET", "/api/channels/{id}/messages", "ms", 0.07, 4.0),
    ("GET", "/health", "ms", 0.07, 1.0), ("GAUGE", "loop lag", "ms", 0.01, 0.5),
]  # fmt: skip


def make(folder: Path, samples: int) -> None:
    """The run folder."""
    (folder / run_folder.SAMPLES).mkdir(parents=True)
    phases = (
        Phase("ramp-up", ORIGIN, ORIGIN + 10, 100, False),
        Phase("steady", ORIGIN + 10, ORIGIN + SECONDS, 100, True),
    )
    info = RunInfo(
        "made", "load", "2026-09-21T12:00:00Z", "http://127.0.0.1:8000", "made", 100, "made", ended="2026-09-21T12:20:00Z",
        origin=ORIGIN, phases=phases, has=("rest", "chat", "agent"), mix={"rest": 48, "chat": 24, "agent": 28},
    )  # fmt: skip
    run_folder.write_info(folder, info)
    (folder / "nfr.toml").write_bytes(shipped("nfr.toml").read_bytes())
    rng, share = np.random.default_rng(1), samples // WORKERS
    names = "".join(
        json.dumps({"row": n, "kind": k, "name": m, "unit": u}) + "\n" for n, (k, m, u, _, _) in enumerate(ROWS)
    )
    for worker in range(WORKERS):
        records = np.zeros(share, np.dtype(RECORD_FIELDS))
        records["start"] = np.sort(rng.uniform(ORIGIN, ORIGIN + SECONDS, share))
        records["row"] = rng.choice(len(ROWS), share, p=[row[3] for row in ROWS])
        records["value"] = np.array([row[4] for row in ROWS])[records["row"]] * rng.lognormal(0, 0.3, share)
        records["late"] = np.nan
        records.tofile(folder / run_folder.SAMPLES / f"w{worker}.bin")
        (folder / run_folder.SAMPLES / f"w{worker}.names.jsonl").write_text(names)


def main() -> None:
    """Make, report, compare."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory(prefix="reznet-load-") as home:
        make(Path(home) / "made", samples)
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "reznet_load", "report", f"{home}/made"], check=False, stdout=subprocess.DEVNULL
        )
        took = time.perf_counter() - began
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    values = np.random.default_rng(1).random(samples)
    began = time.perf_counter()
    np.sort(values)
    sorting = time.perf_counter() - began
    print(
        f"{samples:,} samples: judged and rendered in {took:.1f} s with {memory:.0f} MB; one sort of as many: {sorting:.1f} s"
    )
    print(
        json.dumps(
            {"samples": samples, "seconds": round(took, 1), "peak_mb": round(memory), "sorts": round(took / sorting, 1)}
        )
    )


if __name__ == "__main__":
    main()

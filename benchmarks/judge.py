"""What `reznet-load judge` costs, as ratios to importing what it stands on: a folder of 20 rows, and a file of 100 000.

Medians of nine (three for the large file), in turns, so that what else the machine does falls on both. The last line is JSON.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SMALL, LARGE = 20, 100_000
LIMIT_SMALL, LIMIT_LARGE, LIMIT_DOCUMENT = 1.6, 10.0, 300_000  # times the imports, times the imports, bytes
HEADER = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,"
    "Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
)
NFR = """
[[nfr]]
statistic = "p95"
limit = "< 1 s"
rows = ["*"]

[[nfr]]
statistic = "error_rate"
limit = "< 5 %"
rows = ["*"]
"""
FACTORS = (1, 1.1, 1.2, 1.3, 1.5, 1.8, 2, 2.2, 3, 3, 3)


def write(folder: Path, rows: int) -> Path:
    """A stats file of so many rows, as Locust writes it, with its requirements."""
    random = np.random.default_rng(1)
    counts, failures = random.integers(100, 5000, rows), random.integers(0, 3, rows)
    lines = [HEADER]
    for at, (n, failed, base) in enumerate(zip(counts, failures, random.choice([20, 90, 300, 900], rows), strict=True)):
        times = ",".join(str(int(base * factor)) for factor in FACTORS)
        lines.append(
            f"GET,/items/{at},{n},{failed},{base},{base * 1.1:.3f},{base * 0.5:.3f},{base * 3 + 0.4:.3f},512,1.5,0,{times}"
        )
    lines.append(
        f",Aggregated,{counts.sum()},{failures.sum()},300,400,10,2700.4,512,9,0,300,400,500,600,900,1200,1800,2000,2700,2700,2700"
    )
    folder.mkdir()
    (folder / "run_stats.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "nfr.toml").write_text(NFR, encoding="utf-8")
    return folder


def seconds(words: list[str]) -> float:
    """How long a process of these words takes, start to end."""
    begin = time.perf_counter()
    ended = subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, check=False)
    assert ended.returncode in (0, 1), words
    return time.perf_counter() - begin


def main() -> int:
    """0 where every ratio is within its limit."""
    imports = ["-c", "import pandas, scipy.special"]
    with tempfile.TemporaryDirectory() as room:
        small, large = (write(Path(room) / str(rows), rows) for rows in (SMALL, LARGE))
        judge = ["-m", "reznet_load", "judge"]
        base, of_small, of_large = [], [], []
        seconds(imports)  # the disk's cache
        for turn in range(9):
            base.append(seconds(imports))
            of_small.append(seconds([*judge, str(small)]))
            if turn % 3 == 0:
                of_large.append(seconds([*judge, str(large), "--out", room]))
        document = (Path(room) / "run_verdicts.md").stat().st_size
    unit, one, many = (statistics.median(values) for values in (base, of_small, of_large))
    found = {
        "imports_s": round(unit, 3), "judge_20_rows": round(one / unit, 2), "judge_20_rows_limit": LIMIT_SMALL,
        "judge_100000_rows": round(many / unit, 2), "judge_100000_rows_limit": LIMIT_LARGE,
        "document_bytes": document, "document_bytes_limit": LIMIT_DOCUMENT,
    }  # fmt: skip
    print(
        f"imports {unit:.3f} s; judge of {SMALL} rows {one:.3f} s, of {LARGE} rows {many:.2f} s; document {document:,} bytes"
    )
    print(json.dumps(found))
    return int(one > LIMIT_SMALL * unit or many > LIMIT_LARGE * unit or document > LIMIT_DOCUMENT)


if __name__ == "__main__":
    raise SystemExit(main())

"""What a whole report costs: all files of a run folder, against the same without page and charts, and against judging alone.

Three kept runs and a soak of two hours made of synthetic samples, whose page is also opened in a real Chromium.
Medians of five, in turns, so that what else the machine does falls on all. Exits 1 where a limit is exceeded.
The last line is JSON.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.browser import browser, installed
from reznet_load.core.profile import SETTLE, SOAK, Phase
from reznet_load.report.html.pictures import FOLDER, write_files
from reznet_load.report.html.render import render_page, timeline_of
from reznet_load.report.publish import publish
from reznet_load.report.view import view_of
from reznet_load.result.assemble import judge_folder
from tests import builders

KEPT = ("load-v1", "failing", "stress")
ROUNDS = 5
LIMIT_RATIO, LIMIT_SECONDS, LIMIT_BYTES = (
    2.0,
    2.0,
    1_500_000,
)  # times the report without them, s to open, bytes of a page
SOAK_SECONDS = 7200.0
_OPERATIONS = ("agents", "agents/{id}", "channels", "channels/{id}", "channels/{id}/messages")
_GAUGES = ("target cpu", "postgres cpu", "redis cpu", "database connections", "database connections active",
           "running users", "open sockets", "turns in flight", "events received", "target memory")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReportCost:
    """Seconds of judging alone, of the report without its page and charts, of the whole report; bytes of the page.

    ratio   of the whole report to the same one without page and charts, the median of all rounds
    """

    run: str
    judged: float
    without: float
    whole: float
    ratio: float
    bytes: int


def kept(home: Path) -> list[Path]:
    """Folders of the kept runs."""
    runs = Path(__file__).resolve().parent.parent / "tests" / "golden_runs"
    for name in KEPT:
        shutil.unpack_archive(runs / f"{name}.tar.xz", home)
    return [home / name for name in KEPT]


def soak(folder: Path) -> Path:
    """A soak of two hours, 50 users: 1.6 million samples, with latencies that drift and a failure now and then."""
    random = np.random.default_rng(7)
    rows, units = builders.healthy(SOAK_SECONDS)
    drift = np.linspace(1, 1.3, 36_000)
    rows |= {f"GET /api/{name}": random.lognormal(1, 0.5, 36_000) * drift for name in _OPERATIONS}
    rows |= {
        "CHAT agent turn": random.lognormal(7, 0.2, 24_000),
        "CHAT first token": random.lognormal(5.5, 0.2, 24_000),
    }
    rows |= {"CHAT chunk gap": random.lognormal(3, 0.3, 900_000), "CHAT echo": random.lognormal(1, 0.3, 36_000)}
    rows |= {f"GAUGE {name}": random.uniform(1, 200, int(SOAK_SECONDS)) for name in _GAUGES}
    failed = {
        key: (random.random(len(rows[key])) < 0.002, f"HTTP 503 at {key}")
        for key in list(rows)
        if key.startswith("GET")
    }
    begin = builders.ORIGIN
    phases = (
        Phase("ramp-up", begin, begin + 10, 50, False, SETTLE),
        Phase("soak", begin + 10, begin + 10 + SOAK_SECONDS, 50, True, SOAK),
    )
    info = builders.info(seconds=SOAK_SECONDS, scenario="soak", phases=phases)
    return builders.write_run(folder, rows, units, info, errors=failed)


def seconds(act: Callable[[], object]) -> float:
    """How long `act` takes; what it prints is thrown away."""
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        act()
    return time.perf_counter() - began


def cost(folder: Path) -> ReportCost:
    """Of one run."""
    run = judge_folder(folder)
    timeline, view = timeline_of(run), view_of(run)
    seconds(lambda: publish(folder, new=False))  # reads the files into the cache, and says whether charts are written
    charts = (folder / FOLDER).exists() and timeline is not None
    found: dict[str, list[float]] = {"judged": [], "without": [], "whole": [], "ratio": []}
    for _ in range(ROUNDS):
        found["judged"].append(seconds(lambda: judge_folder(folder)))
        whole = seconds(lambda: publish(folder, new=False))
        drawn = seconds(lambda: render_page(run))
        drawn += seconds(lambda: write_files(folder, view, timeline)) if charts and timeline else 0.0
        found["whole"].append(whole)
        found["without"].append(whole - drawn)
        found["ratio"].append(whole / (whole - drawn))
    size = len(render_page(run).encode())
    return ReportCost(folder.name, *(statistics.median(times) for times in found.values()), size)


def opened(page: Path) -> float | None:
    """Seconds until Chromium has loaded and painted the page, the median of three; None without a Chromium."""
    chromium = installed()
    if chromium is None:
        return None
    times = []
    for _ in range(3):
        with browser(chromium) as tab:
            times.append(tab.open(page))
            assert tab.complaints == [] and tab.run("document.querySelectorAll('canvas').length") >= 8
    return statistics.median(times)


def main() -> int:
    """Print a line a run, and what exceeded its limit."""
    os.environ.pop("GITHUB_STEP_SUMMARY", None)
    with tempfile.TemporaryDirectory(prefix="reznet-load-") as home:
        folders = [*kept(Path(home)), soak(Path(home) / "soak of two hours")]
        costs = [cost(folder) for folder in folders]
        shown = opened(folders[-1] / "report.html")
    print(f"{os.cpu_count()} cores. Seconds: judging alone, the report without page and charts, the whole report")
    for one in costs:
        print(
            f"{one.run:<18} {one.judged:6.2f} {one.without:6.2f} {one.whole:6.2f}   whole / without {one.ratio:.2f} "
            f"(limit {LIMIT_RATIO:g}), whole / judging {one.whole / one.judged:.2f}, page {one.bytes / 1000:.0f} kB"
        )
    opens = "not measured: no Chromium" if shown is None else f"{shown:.2f} s (limit {LIMIT_SECONDS:g} s)"
    print(f"the page of the soak opens in Chromium in {opens}")
    print(json.dumps({"runs": [asdict(one) for one in costs], "opens": shown}))
    slow = any(one.ratio > LIMIT_RATIO or one.bytes > LIMIT_BYTES for one in costs)
    return int(slow or (shown is not None and shown > LIMIT_SECONDS))


if __name__ == "__main__":
    sys.exit(main())

"""What 10 000 samples a second cost the generator: `python benchmarks/recording.py [--rate 10000] [--seconds 8]`.

The same loop in processes of its own, one after another, twice: nothing recorded; Locust's own statistics alone; our
door without Locust (gauges); our door as users go through it, samples appended to a run folder each second; and the same
with /metrics scraped each second by another process. Prints CPU as a share of a core and the lateness of a 5 ms timer.
Last line: JSON, ratios within this run: `scraped_vs_whole` of the generator's process, `scraped_vs_whole_with_helpers` with
the processes that write the page and judge.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reznet_load.core.rows import named

MODES = ("nothing", "locust alone", "samples alone", "whole door", "scraped")
_SCRAPER = "import sys, time, urllib.request as u\nwhile True:\n    u.urlopen(sys.argv[1], timeout=20).read()\n    time.sleep(1)"
_WARM_SECONDS = 20.0  # at the most, until the processes next to the run have imported what they need
_BURST_SECONDS, _TICK_SECONDS = 0.01, 0.005
_ROWS = 12


def measure(mode: str, rate: int, seconds: float) -> dict[str, float]:
    """One mode in this process: CPU percent of a core, p50 and p99 of the timer's lateness in ms, MB at the end."""
    import gevent
    import numpy as np
    from locust.env import Environment

    from reznet_load.core.folder import SAMPLES
    from reznet_load.core.measured.measurement import Measurement
    from reznet_load.load.record import Recorder, use_fine_buckets
    from reznet_load.load.samples.files import SampleFiles, write_locally

    environment = Environment()
    environment.create_local_runner()
    use_fine_buckets()
    recorder = Recorder(environment) if mode != "locust alone" else None
    late: list[float] = []

    def one(number: int) -> None:
        name, value, now = f"row {number % _ROWS}", 20.0 + number % 97, time.time()
        if mode == "samples alone":
            recorder.gauge(named(f"GAUGE {name}"), value, now)
        elif mode in ("whole door", "scraped"):
            recorder.record(Measurement("CHAT", name, value, now))
        elif mode == "locust alone":
            environment.events.request.fire(
                request_type="CHAT", name=name, response_time=value, response_length=0, exception=None, context={}
            )

    def load() -> None:
        due, number = time.perf_counter(), 0
        while True:
            for _ in range(int(rate * _BURST_SECONDS)):
                one(number)
                number += 1
            due += _BURST_SECONDS
            gevent.sleep(max(0.0, due - time.perf_counter()))

    def tick() -> None:
        while True:
            before = time.perf_counter()
            gevent.sleep(_TICK_SECONDS)
            late.append(1000 * (time.perf_counter() - before - _TICK_SECONDS))

    with tempfile.TemporaryDirectory(prefix="reznet-load-") as home:
        (Path(home) / SAMPLES).mkdir()
        files = SampleFiles()
        files.open(Path(home), "local")
        scraped = Scraped(Path(home)) if mode == "scraped" else None
        running = [gevent.spawn(load), gevent.spawn(tick)]
        if scraped is not None:
            scraped.start(lambda: write_locally(recorder, files, "local"))
            late.clear()
        helpers = scraped.helpers() if scraped is not None else 0.0
        began, used = time.perf_counter(), time.process_time()
        while time.perf_counter() - began < seconds:
            gevent.sleep(1)
            if recorder:
                write_locally(recorder, files, "local")
        took = time.perf_counter() - began
        cpu = 100 * (time.process_time() - used) / took
        helpers = 100 * ((scraped.helpers() if scraped is not None else 0.0) - helpers) / took
        gevent.killall(running)
        if scraped is not None:
            scraped.close()
    p50, p99 = np.quantile(late, [0.5, 0.99])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return {"cpu": cpu, "helpers": helpers, "p50": float(p50), "p99": float(p99), "mb": memory}


class Scraped:
    """A port with /metrics of the run folder `home`, and a process that scrapes it each second."""

    def __init__(self, home: Path) -> None:
        from reznet_load.core import folder as run_folder
        from reznet_load.core.profile import Phase
        from reznet_load.core.run import RunInfo
        from reznet_load.core.settings.settings import Settings
        from reznet_load.core.system import clock
        from reznet_load.core.system.machine import free_port
        from reznet_load.load.live.metrics_port import MetricsPort

        now = clock.now()
        phases = (Phase("steady", now, now + 3600, 50, True),)
        known = {
            "host": "http://127.0.0.1:1",
            "target": "embedded",
            "users": 50,
            "command": "",
            "has": ("rest", "chat"),
        }
        started = run_folder.now()
        info = RunInfo("r", "load", started, origin=now, phases=phases, clock=clock.anchor_data(), **known)
        run_folder.write_info(home, info)
        port = free_port()
        self._home = home
        self._port = MetricsPort(Settings(metrics_port=port), lambda: home)
        self._url = f"http://127.0.0.1:{port}/metrics"

    def start(self, write: Callable[[], None]) -> None:
        """Begin to scrape, and wait until both processes next to the run answer."""
        import gevent

        self._scraper = subprocess.Popen([sys.executable, "-c", _SCRAPER, self._url])
        deadline = time.perf_counter() + _WARM_SECONDS
        while time.perf_counter() < deadline and not self._port.page.judged:
            gevent.sleep(1)
            write()
        assert self._port.page.judged, "the judge did not answer"

    def helpers(self) -> float:
        """CPU seconds of the processes next to the run so far."""
        import psutil

        found = [one for one in psutil.Process().children() if one.pid != self._scraper.pid]
        return sum(sum(one.cpu_times()[:2]) for one in found)

    def close(self) -> None:
        """End what was started; each look must have been answered, with operations and verdicts."""
        assert self._scraper.poll() is None, "the scraper was refused"
        page = self._port.page.look(self._home) or b""
        assert b"reznet_load_verdict{" in page and b'row="CHAT row 1"' in page, page[-2000:]
        self._scraper.kill()
        self._scraper.wait()
        self._port.close()


def main() -> None:
    """Every mode twice, the better of each: other programs only ever add."""
    parser = argparse.ArgumentParser(prog="recording.py")
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--mode", choices=MODES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.mode:
        print(json.dumps(measure(options.mode, options.rate, options.seconds)))
        return
    words = ["--rate", str(options.rate), "--seconds", str(options.seconds)]
    seen: dict[str, dict[str, Any]] = {}
    for mode in MODES * 2:
        said = subprocess.check_output([sys.executable, __file__, *words, "--mode", mode], text=True)
        one = json.loads(said.splitlines()[-1])
        seen[mode] = {name: min(value, seen.get(mode, one)[name]) for name, value in one.items()}
    for mode, one in seen.items():
        late = f"timer late p50 {one['p50']:.2f} ms, p99 {one['p99']:.2f} ms"
        more = f", and {one['helpers']:.1f} % in processes next to it" if one["helpers"] else ""
        print(f"{mode:<14} {one['cpu']:5.1f} % of a core, {late}, {one['mb']:.0f} MB{more}")
    whole, alone, nothing, scraped = (seen[mode] for mode in ("whole door", "locust alone", "nothing", "scraped"))
    print(json.dumps({
        "rate": options.rate, "cpu_percent": round(whole["cpu"] - nothing["cpu"], 1),
        "cpu_vs_locust_alone": round(whole["cpu"] / alone["cpu"], 2),
        "lag_p99_ms_with": round(whole["p99"], 2), "lag_p99_ms_without": round(nothing["p99"], 2),
        "lag_p99_ms_locust_alone": round(alone["p99"], 2), "lag_p99_ms_scraped": round(scraped["p99"], 2),
        "scraped_vs_whole": round(scraped["cpu"] / whole["cpu"], 2),
        "scraped_vs_whole_with_helpers": round((scraped["cpu"] + scraped["helpers"]) / whole["cpu"], 2),
    }))  # fmt: skip


if __name__ == "__main__":
    main()

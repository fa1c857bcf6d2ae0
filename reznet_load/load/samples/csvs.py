"""Locust's own CSVs in the run folder, however the run was started: for display and cross-checks, never for a verdict."""

from __future__ import annotations

import csv
import io
import logging
from pathlib import Path
from typing import Any

import gevent
from locust import stats
from locust.env import Environment

from reznet_load.core.folder import write_text
from reznet_load.core.system import clock
from reznet_load.core.text.foreign_text import safe

log = logging.getLogger(__name__)

PREFIX = "locust"
_PAUSE_SECONDS = 0.001  # a timer: sleep(0) returns before the loop checks its sockets
_LONGEST = 2000  # characters of a line
_SLACK_SECONDS = 8  # Locust's own: how far its copy of an entry's times may be from ten seconds ago


class SafeExceptions(stats.StatsCSV):
    """Locust's CSVs with users' exceptions, which quote a server's text, made safe."""

    def _exceptions_data_rows(self, csv_writer: Any) -> None:
        if self.environment.runner is None:
            return
        for one in self.environment.runner.exceptions.values():
            texts = (safe(one["msg"], _LONGEST), safe(one["traceback"], _LONGEST, lines=True))
            csv_writer.writerow([one["count"], *texts, ", ".join(one["nodes"])])


class CsvWriter(SafeExceptions, stats.StatsCSVFileWriter):
    """Locust's writer without its pauses: the same figures, but one row at a time, each sorted once instead of eleven
    times.

    Locust writes all rows without a break. With 100 users' 15 rows in fine buckets that took 14 ms of CPU each second,
    at most 40 ms, and data that arrived meanwhile got late time stamps (gaps' p99 by 3 ms).
    """

    def _percentile_fields(self, stats_entry: stats.StatsEntry, use_current: bool = False) -> list[str] | list[int]:
        gevent.sleep(_PAUSE_SECONDS)
        if not stats_entry.num_requests:
            return self.percentiles_na
        times, timed = stats_entry.response_times, stats_entry.num_requests - stats_entry.num_none_requests
        if use_current and stats_entry.use_response_times_cache:
            times, timed = recent(stats_entry, int(clock.now()))
        return [int(value) for value in percentiles(times, timed, self.percentiles_to_report)]


def recent(entry: stats.StatsEntry, now: int) -> tuple[dict[int, int], int]:
    """(response time -> count, their sum) of about the last ten seconds, as for Locust's `current` percentiles."""
    wanted = now - stats.CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW
    copies = entry.response_times_cache or {}
    near = [second for second in copies if abs(second - wanted) <= _SLACK_SECONDS]
    if not near:
        return {}, 0
    copy = copies[min(near, key=lambda second: (abs(second - wanted), second))]
    timed = (entry.num_requests - entry.num_none_requests) - (copy.num_requests - copy.num_none_requests)
    return stats.diff_response_time_dicts(entry.response_times, copy.response_times), timed


def percentiles(times: dict[int, int], timed: int, levels: list[float]) -> list[float]:
    """The results of `locust.stats.calculate_response_time_percentile` for each level, with one sort."""
    found: dict[float, float] = {}
    left, wanted = timed, sorted(set(levels))
    for value in sorted(times, reverse=True):
        left -= times[value]
        while wanted and left <= int(timed * wanted[-1]):
            found[wanted.pop()] = value
        if not wanted:
            break
    return [found.get(level, 0) for level in levels]


class CsvFiles:
    """Written during the run, with full history, and once more at its end."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._folder: Path | None = None
        self._writer: CsvWriter | None = None
        self._greenlet: gevent.Greenlet | None = None

    def start(self, folder: Path) -> None:
        """Write into `folder` from now on."""
        self._folder = folder
        reported = stats.PERCENTILES_TO_REPORT
        # Without full history its columns are totals since the start, not of the moment: a step in latency would not
        # show (docs/rules/locust-csv.md#percentiles).
        self._writer = CsvWriter(self._environment, reported, str(folder / PREFIX), full_history=True)
        self._greenlet = gevent.spawn(self._write, self._writer)

    @staticmethod
    def _write(writer: CsvWriter) -> None:
        """Write without end. If the disk is full, the files lag behind; they are rewritten in the next second."""
        while True:
            try:
                writer.stats_writer()
            except OSError as error:
                log.warning("Locust's CSVs: %s", error)
                gevent.sleep(stats.CSV_STATS_INTERVAL_SEC)

    def finish(self) -> None:
        """Write the complete last state."""
        if self._greenlet is None or self._writer is None or self._folder is None:
            return
        self._greenlet.kill()
        self._greenlet = None
        try:
            self._writer.close_files()
            self._write_last(self._folder)
        except OSError as error:  # only for display: the samples are judged
            log.warning("Locust's CSVs: %s", error)

    def _write_last(self, folder: Path) -> None:
        last = SafeExceptions(self._environment, stats.PERCENTILES_TO_REPORT)
        for name, write in (
            ("stats", last.requests_csv),
            ("failures", last.failures_csv),
            ("exceptions", last.exceptions_csv),
        ):
            text = io.StringIO(newline="")
            write(csv.writer(text))
            write_text(folder / f"{PREFIX}_{name}.csv", text.getvalue())

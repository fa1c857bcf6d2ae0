"""Locust's own CSVs in the run folder, whichever way the run was started: display and cross-check, never a verdict."""

from __future__ import annotations

import csv
from pathlib import Path

import gevent
from locust import stats
from locust.env import Environment

PREFIX = "locust"


class CsvFiles:
    """Written while the run is on, with full history, and once more at its end."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._folder: Path | None = None
        self._writer: stats.StatsCSVFileWriter | None = None
        self._greenlet: gevent.Greenlet | None = None

    def start(self, folder: Path) -> None:
        """Write into `folder` from now on."""
        self._folder = folder
        percentiles = stats.PERCENTILES_TO_REPORT
        # Without full history its columns are totals since the start, not the moment's (MEASUREMENT.md, section 1).
        self._writer = stats.StatsCSVFileWriter(self._environment, percentiles, str(folder / PREFIX), full_history=True)
        self._greenlet = gevent.spawn(self._writer.stats_writer)

    def finish(self) -> None:
        """The last state, whole."""
        if self._greenlet is None or self._writer is None or self._folder is None:
            return
        self._greenlet.kill()
        self._writer.close_files()
        self._greenlet = None
        last = stats.StatsCSV(self._environment, stats.PERCENTILES_TO_REPORT)
        for name, write in (
            ("stats", last.requests_csv),
            ("failures", last.failures_csv),
            ("exceptions", last.exceptions_csv),
        ):
            with (self._folder / f"{PREFIX}_{name}.csv").open("w", newline="", encoding="utf-8") as file:
                write(csv.writer(file))

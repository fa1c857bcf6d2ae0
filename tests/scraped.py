"""A page of metrics as Prometheus reads it, and the comparison of its last state with `result.json`."""

from __future__ import annotations

import math
import threading
import urllib.error
import urllib.request
from itertools import pairwise
from typing import Any

from prometheus_client.openmetrics.parser import text_string_to_metric_families

PREFIX = "reznet_load_"


class ScrapedPage:
    """A page read by the strict parser of OpenMetrics; raises ValueError if it is invalid."""

    def __init__(self, text: str) -> None:
        self.samples: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
        for family in text_string_to_metric_families(text):
            for one in family.samples:
                self.samples.setdefault(one.name.removeprefix(PREFIX), {})[tuple(sorted(one.labels.items()))] = (
                    one.value
                )

    def value(self, name: str, **labels: str) -> float | None:
        """The value of that metric with exactly these labels; None if it is not there."""
        return self.samples.get(name, {}).get(tuple(sorted(labels.items())))

    def buckets(self, row: str, phase: str) -> list[tuple[float, float]]:
        """(upper edge in s, how many up to there) of a row's histogram."""
        found = [(dict(labels), count) for labels, count in self.samples["operation_seconds_bucket"].items()]
        return sorted((float(one["le"]), n) for one, n in found if (one["row"], one["phase"]) == (row, phase))

    def bucket_of(self, row: str, phase: str, quantile: float) -> tuple[float, float]:
        """(lower, upper) edge in s of the bucket that holds the `quantile` by nearest rank."""
        found = [(0.0, 0.0), *self.buckets(row, phase)]
        rank = math.ceil(quantile * found[-1][1])
        return next((low[0], high[0]) for low, high in pairwise(found) if low[1] < rank <= high[1])


def assert_equals_result(page: ScrapedPage, result: dict[str, Any]) -> None:
    """Each timed row of `result.json` is on the page: counts equal, p50, p95 and p99 in their bucket; verdicts too."""
    rows = [row for row in result["rows"] if row["unit"] == "ms" and not row["key"].startswith("GAUGE ")]
    assert rows
    for row in rows:
        where = {"row": row["key"], "phase": row["phase"]}
        names = {"success": "count", "failure": "failures", "cut_off": "cut_off", "missing": "missing"}
        counted = {name: page.value("operations_total", outcome=name, **where) or 0 for name in names}
        assert counted == {name: row[field] for name, field in names.items()}, where
        for quantile, field in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99")):
            if row[field] is not None:
                low, high = page.bucket_of(row["key"], row["phase"], quantile)
                assert low < row[field] / 1000 <= high or math.isclose(row[field] / 1000, low, rel_tol=1e-5), (
                    where,
                    field,
                )
    for one in result["verdicts"]:
        where = {"nfr": one["id"], "phase": one["phase"]}
        expected = {"pass": 1.0, "fail": 0.0}.get(one["outcome"], 0.5)
        assert page.value("verdict", required=str(one["required"]).lower(), **where) == expected, where
        assert page.value("verdict_value", unit=one["unit"], **where) == one["value"], where


class Scraper:
    """Asks `url` once a second in a thread of its own, as Prometheus does; `pages` are the answers."""

    def __init__(self, url: str, every: float = 1.0) -> None:
        self._url, self._every = url, every
        self._over = threading.Event()
        self.pages: list[str] = []
        self.refused = 0  # looks in a row that found no port, of late
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Scraper:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._every):
            try:
                with urllib.request.urlopen(self._url, timeout=10) as answer:
                    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
                    self.pages.append(answer.read().decode())
                    self.refused = 0
            except urllib.error.HTTPError as error:
                raise AssertionError(error.read()) from error
            except OSError:
                self.refused += 1

"""The metrics of the run folder requested last, kept up to date: each call reads only new data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prometheus_client.openmetrics.exposition import generate_latest

from reznet_load.core.folder import INFO
from reznet_load.core.run_files import read_info
from reznet_load.core.system import clock
from reznet_load.result.files import requirements_of
from reznet_load.result.metrics.counts import SampleCounts
from reznet_load.result.metrics.families import RunPage
from reznet_load.result.metrics.tail import FolderTail


class RunMetrics:
    """`text` gives the page of a folder. For another folder, counts start again."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def text(self, folder: Path, standing: Mapping[str, Any], now: float | None = None) -> str:
        """OpenMetrics text, with the verdicts of `standing` (`result.standing.as_json`; {}: not judged yet).

        `now`: s by the run's clock, None: now. Raises ConfigError or OSError if it is not a run folder.
        """
        if folder != self._folder:
            self._tail = FolderTail(folder)
            self._counts = SampleCounts()
            self._requirements = requirements_of(folder)
            self._folder = folder
        info = read_info(folder / INFO)
        for block in self._tail.take():
            self._counts.add(block, info)
        at = clock.now_of(info.clock) if now is None else now
        page = RunPage(info, self._requirements, self._counts, standing, at)
        return generate_latest(page).decode()  # type: ignore[no-untyped-call]


def page_of(folder: Path) -> str:
    """The page of one folder, judged now."""
    from reznet_load.result.standing import as_json, stand

    return RunMetrics().text(folder, as_json(stand(folder)))

"""`reznet-load metrics`: prints the metrics page of a run folder. It reads the folder and writes no file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from reznet_load.core.errors import ReznetLoadError, in_words, undamaged

_NICENESS = 10  # during a run, generator and target have priority


def show(folder: Path) -> int:
    """Print the present page of `folder`; returns 0. Raises ConfigError if the folder cannot be read."""
    from reznet_load.result.metrics.run_metrics import page_of

    with undamaged(folder):
        print(page_of(folder), end="", flush=True)
    return 0


def answer(requests: Iterable[str]) -> int:
    """Answer each line of `requests` on stdout until the input ends; returns 0.

    A request is `{"folder": …, "standing": …}`; its answer is a line `{"page": …}` or `{"error": …}`.
    """
    from reznet_load.result.metrics.run_metrics import RunMetrics

    os.nice(_NICENESS)
    metrics = RunMetrics()
    for line in requests:
        asked = json.loads(line)
        folder = Path(asked["folder"])
        try:
            with undamaged(folder):
                found = {"page": metrics.text(folder, asked["standing"])}
        except (ReznetLoadError, OSError) as error:
            found = {"error": in_words(error)}
        print(json.dumps(found), flush=True)
    return 0

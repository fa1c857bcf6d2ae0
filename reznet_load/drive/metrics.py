"""`reznet-load metrics`: the metrics page of a run folder. Reads the folder, writes nothing into it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from reznet_load.core.errors import ReznetLoadError, in_words, undamaged

_NICENESS = 10  # during a run, generator and target have priority


def show(folder: Path) -> int:
    """Print the present page of `folder`."""
    from reznet_load.result.metrics.run_metrics import page_of

    with undamaged(folder):
        print(page_of(folder), end="", flush=True)
    return 0


def answer(requests: Iterable[str]) -> int:
    """Answer each line, `{"folder": …, "standing": …}`, with a line of JSON: `{"page": …}`, or `{"error": …}`."""
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

"""`reznet-load verdicts`: prints the present verdicts on a run. It reads the run folder and writes no file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from reznet_load.core.errors import ReznetLoadError, undamaged

_NICENESS = 10  # during a run, generator and target have priority


def show(folder: Path, as_json: bool) -> int:
    """Print the present verdicts on `folder`; returns the exit code that the run would have now."""
    from reznet_load.report.console import table
    from reznet_load.result import standing

    with undamaged(folder):
        found = standing.stand(folder)
        if as_json:
            print(_line(standing.as_json(found)))
        else:
            print(table(found.result), *([found.headline] if found.state == "running" else []), sep="\n", flush=True)
    return found.result.exit_code


def answer(folders: Iterable[str]) -> int:
    """Answer each line of `folders` with a line of JSON on stdout, until the input ends; returns 0.

    The answer is the verdicts, or `{"error": …}`.
    """
    from reznet_load.result import standing

    os.nice(_NICENESS)
    for line in folders:
        folder = Path(line.rstrip("\n"))
        try:
            with undamaged(folder):
                found = standing.as_json(standing.stand(folder))
        except ReznetLoadError as error:
            found = {"error": str(error)}
        print(_line(found), flush=True)
    return 0


def _line(found: dict) -> str:
    return json.dumps(found, ensure_ascii=False, allow_nan=False)

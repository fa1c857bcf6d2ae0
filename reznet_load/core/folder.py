"""The run folder: where it is, what is in it, and how it is written without ever leaving half a file."""

from __future__ import annotations

import json
import os
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reznet_load.core.errors import ConfigError
from reznet_load.core.run import RunInfo
from reznet_load.core.run_files import to_json
from reznet_load.core.text.foreign_text import safe_all

INFO, RESULT, DOCUMENT, SAMPLES = "run.json", "result.json", "PERFORMANCE_TEST_RESULTS.md", "samples"
DETAILS = "DETAILS.md"  # next to the document: gauges, operations, how to run it again
OPERATIONS = "operations.jsonl"  # the slowest and the failed, with the ids that were sent
CHANNELS = "channels.txt"  # ids of the channels that the run made, a line each: removed at its end, or by the next run
DUEL = "duel.json"  # in the folder of a duel, next to its sides A and B, which are run folders
FACTS = "probes.json"  # what the probes found before and after the load


def now() -> str:
    """The moment, ISO 8601 in UTC to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def slug(text: str) -> str:
    """`text` as part of a file name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "unnamed"


def create(reports: Path, scenario: str, commit: str) -> Path:
    """A new folder `<time>_<scenario>_<sha>[-dirty]` below `reports`. Raises ConfigError where it cannot be made."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    for attempt in range(100):
        name = "_".join(filter(None, [stamp + (f".{attempt}" if attempt else ""), slug(scenario), commit]))
        try:
            (reports / name / SAMPLES).mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise ConfigError(
                f"{reports}: no run folder can be made there ({error.strerror}); choose another with --reports"
            ) from None
        return reports / name
    raise ConfigError(f"{reports}: there are already 100 run folders of this second")


def create_side(duel: Path, side: str) -> Path:
    """The run folder of a side, below the folder of its duel."""
    (duel / side / SAMPLES).mkdir(parents=True)
    return duel / side


def home_of(reports: Path, target: str) -> Path:
    """Where below `reports` a target's run folders are: the embedded one's directly, others' below their own name."""
    return reports if target == "embedded" else reports / slug(target)


def reports_of(folder: Path, target: str) -> Path:
    """The reports folder of which `folder.parent` is the `home_of` its target."""
    home = folder.parent
    return home.parent if target != "embedded" and home.name == slug(target) else home


def write_text(path: Path, text: str) -> None:
    """`text` in place of `path`, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_info(folder: Path, info: RunInfo) -> None:
    """`run.json` of a run folder."""
    write_text(folder / INFO, to_json(info))


def update_info(folder: Path, **changes: Any) -> None:
    """Fields of `run.json` replaced; `notes` and `lacks` are merged, `cautions` are appended."""
    path = folder / INFO
    data = json.loads(path.read_text(encoding="utf-8"))
    for name, value in changes.items():
        if name in ("notes", "lacks"):
            data[name] = data[name] | value
        elif name == "cautions":
            data[name] = [*data[name], *value]
        else:
            data[name] = value
    write_text(path, json.dumps(safe_all(data), ensure_ascii=False, indent=1) + "\n")


def link_latest(reports: Path, folder: Path) -> None:
    """`latest` in `reports` points at `folder` below it; on file systems without links nothing happens."""
    link = reports / "latest"
    staging = reports / f".latest.{os.getpid()}"
    try:
        staging.unlink(missing_ok=True)
        staging.symlink_to(folder.resolve().relative_to(reports.resolve()))
        staging.replace(link)
    except OSError:
        staging.unlink(missing_ok=True)

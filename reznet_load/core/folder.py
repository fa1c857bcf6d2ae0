"""The run folder: its place, its file names, and how to write a file so that it is never left incomplete."""

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
# ids of the channels that the run created, one per line: deleted at its end, or by the next run
CHANNELS = "channels.txt"
DUEL = "duel.json"  # in the folder of a duel, next to A and B, which are run folders
FACTS = "probes.json"  # what the probes found before and after the load


def now() -> str:
    """The current time, ISO 8601 in UTC to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def slug(text: str) -> str:
    """`text` with only the characters that a file name may have."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "unnamed"


def create(reports: Path, scenario: str, commit: str) -> Path:
    """Create a new folder `<time>_<scenario>_<sha>[-dirty]` below `reports`. Raises ConfigError if that fails."""
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
    """The folder below `reports` for a target's runs: `reports` itself for the embedded target, a subfolder for any
    other.
    """
    return reports if target == "embedded" else reports / slug(target)


def reports_of(folder: Path, target: str) -> Path:
    """The reports folder for which `home_of(…, target)` is `folder.parent`."""
    home = folder.parent
    return home.parent if target != "embedded" and home.name == slug(target) else home


def write_text(path: Path, text: str) -> None:
    """Replace `path` by `text`, completely or not at all."""
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
    """Write `run.json` of a run folder."""
    write_text(folder / INFO, to_json(info))


def update_info(folder: Path, **changes: Any) -> None:
    """Replace fields of `run.json`; `notes` and `lacks` are merged, `cautions` are appended."""
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
    """Make `latest` in `reports` a link to `folder`, which is below it; does nothing on file systems without links."""
    link = reports / "latest"
    staging = reports / f".latest.{os.getpid()}"
    try:
        staging.unlink(missing_ok=True)
        staging.symlink_to(folder.resolve().relative_to(reports.resolve()))
        staging.replace(link)
    except OSError:
        staging.unlink(missing_ok=True)

"""After the last user: remove what the run made, judge it, write the document, keep the history, print the verdicts."""

from __future__ import annotations

from pathlib import Path

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ReznetLoadError
from reznet_load.core.settings import Settings
from reznet_load.deployment.traces import read_channels, remove, remove_left_over


def sweep(settings: Settings) -> None:
    """Before a run: remove what killed runs have left. An unreachable deployment is the run's to report."""
    try:
        removal = remove_left_over(settings)
    except ReznetLoadError:
        return
    if removal.channels or removal.archived:
        print(f"left over from a run that was killed: {removal.text}", flush=True)


def finish(folder: Path, settings: Settings) -> int:
    """Clean up, then report; the run's exit code."""
    removal = remove(settings, read_channels(folder))
    run_folder.update_info(folder, notes={"clean-up": removal.text})
    return report(folder, new=True, templates=settings.templates)


def report(folder: Path, new: bool = False, templates: str = "") -> int:
    """Judge and render a run folder, print its verdicts; its exit code. `new`: also into the history, and `latest`."""
    from reznet_load.report.publish import publish

    return publish(folder, new=new, templates=templates)

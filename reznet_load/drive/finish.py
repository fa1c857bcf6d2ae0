"""The end of a run, after the last user.

Removes what the run created in the deployment, judges the run, writes the document and the line of the history, and
prints the verdicts.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reznet_load.core import folder as run_folder
from reznet_load.core.errors import ConfigError, ReznetLoadError, in_words, undamaged
from reznet_load.core.kept.file import Loss
from reznet_load.core.kept.notes import RunNotes
from reznet_load.core.kept.samples import LAST_SECONDS, LOST, lost_caution
from reznet_load.core.run import EXIT_CODES
from reznet_load.core.run_files import read_info
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.afterwards import NOTE, look
from reznet_load.deployment.alive.sweep import remove_left_over
from reznet_load.deployment.traces import read_channels, read_prefix, remove


def sweep(settings: Settings) -> str:
    """Before a run: remove what earlier runs have left behind.

    Returns, for the document of the run, what was left because it is not certain that its run has ended. Returns "" if
    there is nothing, or if the deployment cannot be reached, which the run itself then reports.
    """
    try:
        removal = remove_left_over(settings)
    except ReznetLoadError:
        return ""
    if removal.channels or removal.archived or removal.left:
        print(f"left over from earlier runs: {removal.text}", flush=True)
    elif removal.others:
        print(removal.others, flush=True)
    return removal.doubt


def finish(folder: Path, settings: Settings) -> int:
    """Check whether the backend still answers, clean up, then report; returns the run's exit code."""
    tidy(folder, settings)
    return report(folder, new=True, templates=settings.templates, summary=settings.summary)


def tidy(folder: Path, settings: Settings) -> None:
    """Check whether the backend still answers, remove what the run created there, and record both in `run.json`.

    Raises ConfigError if `folder` has no `run.json`.
    """
    with undamaged(folder):
        if not (folder / run_folder.INFO).is_file():
            raise ConfigError(f"{folder}: no run.json is there; expected the folder of a run that has ended")
    facts = read_info(folder / run_folder.INFO).deployment
    seen = look(settings, facts.dialect, facts.moved)
    notes = {NOTE: seen.text}
    if facts.is_reznet:
        notes["clean-up"] = remove(settings, read_channels(folder), facts.dialect, read_prefix(folder)).text
    RunNotes(folder).update(notes=notes, cautions=[asdict(seen.caution)] if seen.caution else [])


def conclude(folder: Path, settings: Settings, failed: str = "unjudged") -> int:
    """`finish` for a run that has just ended; returns its exit code.

    failed   the outcome if the report cannot be written; the error is then printed
    """
    try:
        return finish(folder, settings)
    except OSError as error:
        print(
            f"reznet-load: the run is over, but its report could not be written: {in_words(error)}. "
            f"Then run: reznet-load report {folder}",
            file=sys.stderr,
            flush=True,
        )
        return EXIT_CODES[failed]


def conclude_torn(folder: Path, settings: Settings, changes: list[dict[str, Any]]) -> int:
    """`conclude` for a run that lost samples.

    changes   changes of `run.json` that could not be written during the run, oldest first
    """
    notes = RunNotes(folder)
    for change in changes:
        notes.update(**change)
    if not notes.close(LAST_SECONDS) or not (info := read_info(folder / run_folder.INFO)).ended:
        # Nothing is known about the loss, so all samples may be lost.
        unknown = lost_caution([Loss(run_folder.INFO, "end", 1, notes.why)])
        assert unknown is not None
        notes.update(cautions=[asdict(unknown)], ended=run_folder.now())
        return conclude(folder, settings, "void")
    return conclude(folder, settings, "void" if any(one.id == LOST for one in info.cautions) else "unjudged")


def measured(folder: Path) -> bool:
    """Did the phases of the run begin, and does its folder have samples?

    Samples alone prove nothing: those of the generator itself begin before the first phase.
    """
    return read_info(folder / run_folder.INFO).origin is not None and any(
        path.stat().st_size for path in (folder / run_folder.SAMPLES).glob("*.bin")
    )


def abandon(folder: Path, settings: Settings) -> int:
    """Remove all traces of a run that was refused before its first user, in the deployment and in the reports folder.

    Returns the exit code of an unjudged run.
    """
    text = undo(folder, settings)
    shutil.rmtree(folder)
    print(f"nothing was measured; clean-up: {text}", flush=True)
    return EXIT_CODES["unjudged"]


def undo(folder: Path, settings: Settings) -> str:
    """Remove what a run has created in the deployment, without a report; returns what was removed, in words."""
    dialect = read_info(folder / run_folder.INFO).deployment.dialect
    return remove(settings, read_channels(folder), dialect, read_prefix(folder)).text


def report(folder: Path, new: bool = False, templates: str = "", summary: bool = False) -> int:
    """Judge and render a run folder, and print its verdicts; returns the exit code of the run.

    new       also add the run to the history and set `latest`
    summary   also write the summary of a job on GitHub
    """
    from reznet_load.report.publish import publish

    # Files that we just wrote are not damaged: an error from them is our own defect, to be shown with its traceback.
    with nullcontext() if new else undamaged(folder):
        return publish(folder, new=new, templates=templates, summary=summary)

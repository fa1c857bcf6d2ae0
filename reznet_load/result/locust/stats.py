"""Reads `PREFIX_stats.csv` of Locust 0.13 to 2.x and its web UI's download: one line per row with percentiles, total
last.
"""

from __future__ import annotations

import numpy as np

from reznet_load.core.run import Caution
from reznet_load.result.locust import damage
from reznet_load.result.locust.frame import Frame, read_frame
from reznet_load.result.locust.text import CsvText
from reznet_load.verdict.csv.table import CsvDamage, Table

NEEDED = ("name", "requests", "failures")


def read(text: CsvText, name: str) -> tuple[Table, tuple[CsvDamage, ...], tuple[Caution, ...]]:
    """(the rows of the file called `name`, its damage, cautions about how it was read). Raises ConfigError."""
    frame = read_frame(text, name, NEEDED)
    total = damage.total_of(frame)
    found = (*frame.damage, *damage.rows(frame, together=True), *damage.sums(frame, total))
    if total is None and not found:
        found = unended(text, frame)
    return table_of(frame, total), found, (*notes(frame), *without_total(frame, total))


def table_of(frame: Frame, total: int | None, apart: bool = False) -> Table:
    """The columns of `frame`. `apart`: requests are successes only, as Locust counted up to 0.9."""
    nothing = np.full(len(frame), np.nan)
    requests, failures = frame.numbers["requests"], frame.numbers["failures"]
    requests, failures = np.nan_to_num(requests, posinf=0), np.nan_to_num(failures, posinf=0)
    failures = failures if apart else np.minimum(failures, requests)
    all_of_them = requests + failures if apart else requests
    levels = sorted(frame.percentiles)
    columns = np.array([frame.percentiles[level] for level in levels]).T.reshape(len(frame), len(levels))
    rate = frame.numbers.get("rate", nothing)
    if apart:
        rate = rate * all_of_them / np.maximum(requests, 1)

    def times(name: str) -> np.ndarray:
        return np.where(requests > 0, frame.numbers.get(name, nothing), np.nan)

    return Table(
        keys=tuple(damage.key(frame, at) for at in range(len(frame))), names=tuple(frame.words["name"]), lines=frame.lines,
        requests=all_of_them, failures=failures, timed=requests, mixed=np.zeros(len(frame)) if apart else failures, ranked=requests,
        mean=times("mean"), minimum=times("minimum"), maximum=times("maximum"), median=times("median"), rate=rate,
        failed_rate=frame.numbers.get("failed_rate", nothing), levels=np.array(levels),
        columns=np.where(requests[:, None] > 0, columns, np.nan), total=total,
    )  # fmt: skip


def unended(text: CsvText, frame: Frame) -> tuple[CsvDamage, ...]:
    """Damage: without a total, only a newline proves that the last line is complete."""
    if text.text.endswith(("\n", "\r")) or not len(frame):
        return ()
    said = f"the last line has no end, and no total follows: it may have been cut; {damage.RESTORE}"
    return (CsvDamage(said, int(frame.lines[-1]), row=damage.key(frame, len(frame) - 1)),)


def notes(frame: Frame) -> tuple[Caution, ...]:
    """Cautions if the file had to be read in a way that differs from how Locust writes it."""
    if not frame.notes:
        return ()
    return (
        Caution(
            "saved_again",
            f"{frame.name} was saved by another program: {'; '.join(frame.notes)}.",
            "Judge the file that Locust wrote.",
        ),
    )


def without_total(frame: Frame, total: int | None) -> tuple[Caution, ...]:
    """A caution if there is no total: missing rows cannot be noticed then."""
    if total is not None or not len(frame):
        return ()
    text = f"{frame.name} has no total (Aggregated): a missing row cannot be detected."
    return (Caution("no_total", text, "Judge the whole file, with its last line."),)

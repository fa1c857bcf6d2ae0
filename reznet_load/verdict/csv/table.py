"""The rows of one Locust run as columns: every format of Locust is read into this, and this is judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reznet_load.verdict.csv.parts import Parts

# Names of columns for a sentence; replaced by the file's own heading if it is known.
TIMES = ("mean", "minimum", "maximum", "median")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One value per row in every array, NaN if the file has none. Times in ms.

    keys       type and name as Locust has them, whitespace joined: `GET /checkout`; `names` without the type
    lines      line of the file that a row began on, 1 is the header; 0 if the file has no lines
    requests   successes and failures; `failures` of them failed
    timed      requests whose times are included in the statistics; `mixed` of them failed (0 if failures were not
               timed)
    ranked     requests behind the percentiles: Locust 0.x wrote them at another moment
    rate       successes and failures per second; `failed_rate` failures per second
    levels     quantile levels of the `columns`, ascending, 0 to 1; `columns` rows x levels
    total      the row of all requests together (`Aggregated`), None if there is none
    parts      the time intervals whose percentiles were combined into `columns`, None if they are Locust's own
    cut        seconds of ramp-up that were removed, 0: none
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    lines: np.ndarray
    requests: np.ndarray
    failures: np.ndarray
    timed: np.ndarray
    mixed: np.ndarray
    ranked: np.ndarray
    mean: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray
    median: np.ndarray
    rate: np.ndarray
    failed_rate: np.ndarray
    levels: np.ndarray
    columns: np.ndarray
    total: int | None = None
    cut: float = 0.0
    parts: Parts | None = None

    @property
    def successes(self) -> np.ndarray:
        """Requests that did not fail."""
        return self.requests - self.failures

    @property
    def operations(self) -> np.ndarray:
        """Positions of the rows that are one operation each: all but the total."""
        every = np.arange(len(self.keys))
        return every if self.total is None else every[every != self.total]

    def column(self, level: float) -> np.ndarray:
        """The percentile column of `level`, all NaN if the file has none; the median serves as 50 %."""
        found = np.flatnonzero(np.isclose(self.levels, level, atol=1e-9))
        if len(found):
            return self.columns[:, found[0]]
        return self.median if abs(level - 0.5) < 1e-9 else np.full(len(self.keys), np.nan)


@dataclass(frozen=True, slots=True)
class CsvDamage:
    """A place in a file that Locust cannot have written like this.

    line, column   where; 0 and "" if the whole file is meant
    text           what was read and what is right
    row            key of the row it is in, as far as it can be read
    """

    text: str
    line: int = 0
    column: str = ""
    row: str = ""

    @property
    def place(self) -> str:
        """`line 3, column 95%`, as far as it is known."""
        return ", ".join(
            ([f"line {self.line}"] if self.line else []) + ([f"column {self.column}"] if self.column else [])
        )

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text

"""Reports at once, during the run, a row of a required requirement in which nothing has succeeded for a while."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reznet_load.core.failed.failed_kind import FailedKind, in_words
from reznet_load.core.nfr import Nfr, load_requirements, shipped_requirements
from reznet_load.core.rows import named
from reznet_load.core.settings.settings import Settings
from reznet_load.load.live.row_state import RowState

BROKEN_SECONDS = 20.0  # longer than a restart of a backend's process; the shortest judged phases last 15 s
FEWEST = 3  # failures in a row: two in 20 s may be a short disturbance


def required_of(settings: Settings) -> tuple[Nfr, ...]:
    """The requirements that can fail the run. Raises ConfigError."""
    shipped, overlay = shipped_requirements(settings.drives_reznet), Path(settings.nfr) if settings.nfr else None
    return tuple(nfr for nfr in load_requirements(shipped, overlay).nfrs if nfr.required)


class BrokenRows:
    """Call `look` once a second; each row is reported once, and again if it breaks after a recovery."""

    def __init__(self, required: tuple[Nfr, ...]) -> None:
        self._required = required
        self._wanted: dict[str, bool] = {}
        self.broken: dict[str, str] = {}  # row -> its sentence, for rows that are broken now

    def look(self, rows: Mapping[str, RowState], now: float) -> list[str]:
        """A sentence for each row that has just become broken."""
        found = []
        for key, row in rows.items():
            is_broken = row.since is not None and row.broken >= FEWEST and now - row.since >= BROKEN_SECONDS
            if not (is_broken and self._is_required(key)):
                self.broken.pop(key, None)
            elif key not in self.broken:
                self.broken[key] = _sentence(key, row, now)
                found.append(self.broken[key])
        return found

    def _is_required(self, key: str) -> bool:
        if key not in self._wanted:
            self._wanted[key] = any(nfr.matches(key) for nfr in self._required)
        return self._wanted[key]


def _sentence(key: str, row: RowState, now: float) -> str:
    total = row.ok + row.failed
    kinds = [FailedKind(key, text, count, total) for text, count in row.errors.most_common(1)]
    why = next(in_words(kinds)).rpartition(" failed: ")[2]
    assert row.since is not None
    return f"no {named(key).words} has succeeded for {now - row.since:.0f} s, {row.broken} failed in a row: {why}"

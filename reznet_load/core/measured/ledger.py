"""Samples of one process until they are collected: packed records, and the names that their numbers stand for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from reznet_load.core.measured.measurement import RECORD
from reznet_load.core.rows import ROUND
from reznet_load.core.text.foreign_text import safe

# distinct texts per process: a backend may send a new text each time, which must not fill memory
_MOST_ERROR_TEXTS = 500
_OTHER_ERRORS = "other errors"
_OTHER_NAMES = "other names"
_ROW_LIMIT = 60_000  # of the 65 535 that a record can number


class Ledger:
    """Append-only; a sample costs 20 bytes and about 1 µs."""

    def __init__(self) -> None:
        self._packed = bytearray()
        self._rows: dict[tuple[str, str, str], int] = {}
        self._errors: dict[str, int] = {}  # text as received -> number
        self._texts: dict[str, int] = {}  # text as kept -> number
        self._names: list[dict[str, Any]] = []

    def add(
        self,
        kind: str,
        name: str,
        unit: str,
        value: float | None,
        start: float,
        late: float | None = None,
        error: str | None = None,
    ) -> None:
        """Add one sample; `value` None: it happened but was not timed. `start` in seconds since the epoch, `late` in
        seconds.
        """
        row = self._rows.get((kind, name, unit))
        if row is None:
            row = self._name_row(kind, name, unit)
        number = 0 if error is None else self._errors.get(error) or self._name_error(error)
        nan = math.nan
        waited = nan if late is None else late
        try:
            self._packed += RECORD.pack(start, nan if value is None else value, waited, row, number)
        except OverflowError:  # a server's gauge beyond 3e38 is not a meaningful value
            self._packed += RECORD.pack(start, nan, waited, row, number)

    def add_all(self, kind: str, name: str, unit: str, values: Sequence[float], start: float) -> None:
        """Add successes of one row that began at `start`, 0.3 µs each."""
        row = self._rows.get((kind, name, unit))
        if row is None:
            row = self._name_row(kind, name, unit)
        pack, nan = RECORD.pack, math.nan
        self._packed += b"".join([pack(start, value, nan, row, 0) for value in values])

    def add_round(self, kind: str, user: int, waited: float, start: float, late: float | None) -> None:
        """Add a round of user number `user` (0 to 65 535) of `kind`, in which it waited `waited` ms for answers
        (core.rows.ROUND).
        """
        row = ROUND.of(kind)
        number = self._rows.get((row.kind, row.name, row.unit))
        if number is None:
            number = self._name_row(row.kind, row.name, row.unit, of_users=True)
        self._packed += RECORD.pack(start, waited, math.nan if late is None else late, number, user)

    def _name_row(self, kind: str, name: str, unit: str, of_users: bool = False) -> int:
        if len(self._rows) >= _ROW_LIMIT:
            name = _OTHER_NAMES
            if (kind, name, unit) in self._rows:
                return self._rows[kind, name, unit]
        number = self._rows[kind, name, unit] = len(self._rows)
        users = {"users": True} if of_users else {}
        self._names.append({"row": number, "kind": kind, "name": safe(name), "unit": unit} | users)
        return number

    def _name_error(self, error: str) -> int:
        """The number of an error text, looked up as received; the text that is kept is safe to show."""
        if len(self._errors) >= _MOST_ERROR_TEXTS:
            error = _OTHER_ERRORS
            if error in self._errors:
                return self._errors[error]
        text = safe(error)
        number = self._texts.get(text)
        if number is None:
            number = self._texts[text] = len(self._texts) + 1
            self._names.append({"error": number, "text": text})
        self._errors[error] = number
        return number

    def take(self) -> tuple[bytes, list[dict[str, Any]]]:
        """(packed records, new names) since the last call; the ledger forgets them."""
        packed, names = bytes(self._packed), self._names
        self._packed = bytearray()
        self._names = []
        return packed, names

"""The meaning of the numbers in one process' records, read line by line from its names file."""

from __future__ import annotations

import json

from reznet_load.core.rows import current
from reznet_load.core.text.foreign_text import safe_all
from reznet_load.core.units import UNITS

MOST_NUMBERS = 65_535  # the most that two bytes of a record can number


class SampleNames:
    """Row number -> key, key -> unit, error number -> text, and the keys whose records have a user number instead of an
    error.
    """

    def __init__(self) -> None:
        self.rows: dict[int, str] = {}
        self.units: dict[str, str] = {}
        self.errors: dict[int, str] = {0: ""}
        self.of_users: set[str] = set()

    def add(self, line: str) -> None:
        """Add one line of the file; a torn line is ignored."""
        try:
            entry = safe_all(json.loads(line), masked=False)
            number = int(entry["row"] if "row" in entry else entry["error"])
            if not 0 <= number <= MOST_NUMBERS:
                return
            if "row" not in entry:
                self.errors[number] = str(entry["text"])
                return
            key = self.rows[number] = current(f"{entry['kind']} {entry['name']}")
            self.units[key] = entry["unit"] if entry["unit"] in UNITS else "count"
            if entry.get("users") is True:
                self.of_users.add(key)
        except (ValueError, KeyError, TypeError):
            return

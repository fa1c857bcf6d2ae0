"""`reznet-load backends`: the dialects as a table."""

from __future__ import annotations

from reznet_load.dialects.every import EVERY, OTHERS


def table() -> str:
    """One line per dialect: name, backend, what a user gives, what it is good for."""
    rows = [("dialect", "backend", "needs", "for")]
    rows += [(one.name, f"RezNet AI {one.name}", "nothing", "loads, try") for one in EVERY]
    rows += [(one.name, one.title, ", ".join(one.needs) or "nothing", "loads, try") for one in OTHERS]
    rows.append(("FILE.py", "a dialect of your own", "", "loads, try"))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(
        [*lines, "", "docs/backends.md says how each is recognised, what a turn is, and what cannot be seen."]
    )

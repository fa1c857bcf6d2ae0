"""`reznet-load backends`: the dialects as a table."""

from __future__ import annotations

from reznet_load.core.kinds import kinds_of_others, kinds_of_reznet
from reznet_load.dialects.every import EVERY, OTHERS


def table() -> str:
    """One line per dialect: name, backend, what the user must give, what is measured besides text, kinds of users."""
    rows = [("dialect", "backend", "needs", "measures more", "users (--mix)")]
    reznet = ", ".join(kinds_of_reznet())
    rows += [(one.name, f"RezNet AI {one.name}", "nothing", "echo, ping, servers", reznet) for one in EVERY]
    for one in OTHERS:
        kinds = ", ".join(kinds_of_others(bool(one.browse)))
        rows.append((one.name, one.title, ", ".join(one.needs) or "nothing", ", ".join(one.sees) or "nothing", kinds))
    rows.append(("FILE.py", "a dialect of your own", "", "what it reads", ", ".join(kinds_of_others(True))))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(
        [
            *lines,
            "",
            "`try` asks a backend one question; load, stress, soak, spike, capacity, distributed and web load it.",
            "Every run measures connection, whole reply, first token, gaps, and failures by kind.",
            "docs/backends.md says how each backend is recognised, what a turn is, and what cannot be seen.",
        ]
    )

"""Recognises, by their first bytes, events that a reader may skip unread: most events that a user receives belong to
others.
"""

from __future__ import annotations

_LONGEST_ID = 64  # bytes


class Prefixes:
    """`starts` are payload prefixes that end at the quoted id of the message that the event belongs to."""

    __slots__ = ("_sizes", "shortest", "starts")

    def __init__(self, *starts: bytes) -> None:
        self.starts = starts
        self.shortest = min(map(len, starts), default=0)
        self._sizes = tuple(
            (start, len(start)) for start in starts
        )  # called for every message: no call more than needed

    def id_in(self, payload: bytes) -> bytes | None:
        """The id of the message that `payload` belongs to; None if only decoding can show it."""
        for start, begin in self._sizes:
            if payload.startswith(start):
                end = payload.find(b'"', begin, begin + _LONGEST_ID)
                found = payload[begin:end]
                return found if end > 0 and b"\\" not in found else None
        return None


NO_PREFIXES = Prefixes()

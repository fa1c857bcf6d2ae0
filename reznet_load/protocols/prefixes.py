"""Events that a reader may skip unread, recognised by how they begin: most of what a user hears is other people's replies."""

from __future__ import annotations

_LONGEST_ID = 64  # bytes


class Prefixes:
    """`starts`: each is all of a payload up to the quoted id of the message that the event belongs to."""

    __slots__ = ("_sizes", "shortest", "starts")

    def __init__(self, *starts: bytes) -> None:
        self.starts = starts
        self.shortest = min(map(len, starts), default=0)
        self._sizes = tuple(
            (start, len(start)) for start in starts
        )  # asked for every message: no call more than needed

    def id_in(self, payload: bytes) -> bytes | None:
        """The id of the message that `payload` belongs to; None where it has to be decoded to know."""
        for start, begin in self._sizes:
            if payload.startswith(start):
                end = payload.find(b'"', begin, begin + _LONGEST_ID)
                found = payload[begin:end]
                return found if end > 0 and b"\\" not in found else None
        return None


NO_PREFIXES = Prefixes()

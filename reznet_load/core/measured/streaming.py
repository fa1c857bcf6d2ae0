"""How evenly one streamed reply came, the same for agent users and for providers asked alone."""

from __future__ import annotations

from collections.abc import Sequence

from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.rows import REPLY_CHUNK_RATE, REPLY_CHUNKS, REPLY_LARGEST_GAP, REPLY_STALLS

STALL_SECONDS = 1.0  # a longer gap no reader takes for streaming


def of_reply(gaps: Sequence[float], chunks: int) -> list[tuple[NamedRow, float]]:
    """(row, value) of a whole reply, by the rows of users.

    `gaps` in seconds between arrivals of text, fewer where some came together.
    A reply of one arrival has neither a rate nor a largest gap.
    """
    found = [(REPLY_CHUNKS, float(chunks)), (REPLY_STALLS, float(sum(gap > STALL_SECONDS for gap in gaps)))]
    if len(gaps):
        found += [(REPLY_CHUNK_RATE, (chunks - 1) / sum(gaps)), (REPLY_LARGEST_GAP, max(gaps) * 1000)]
    return found

"""How evenly one streamed reply came; the same computation for agent users and for providers asked directly."""

from __future__ import annotations

from collections.abc import Sequence

from reznet_load.core.measured.named_row import NamedRow
from reznet_load.core.rows import REPLY_CHUNK_RATE, REPLY_CHUNKS, REPLY_LARGEST_GAP, REPLY_STALLS

STALL_SECONDS = 1.0  # with a longer gap no reader would call it streaming


def of_reply(gaps: Sequence[float], chunks: int) -> list[tuple[NamedRow, float]]:
    """(row, value) pairs of a whole reply, with the rows of users.

    `gaps`: seconds between arrivals of text, fewer than chunks if some arrived together. A reply that arrived at once
    has neither a rate nor a largest gap.
    """
    found = [(REPLY_CHUNKS, float(chunks)), (REPLY_STALLS, float(sum(gap > STALL_SECONDS for gap in gaps)))]
    if len(gaps):
        found += [(REPLY_CHUNK_RATE, (chunks - 1) / sum(gaps)), (REPLY_LARGEST_GAP, max(gaps) * 1000)]
    return found

"""How evenly one streamed reply came, the same for agent users and for providers asked alone."""

from __future__ import annotations

from collections.abc import Sequence

STALL_SECONDS = 1.0  # a longer gap no reader takes for streaming

# What of_reply gives, as rows are called: `COUNT reply stalls` of users, `COUNT anthropic reply stalls` of a provider.
CHUNKS, RATE, LARGEST, STALLS = "reply chunks", "reply chunk rate", "reply largest gap", "reply stalls"


def of_reply(gaps: Sequence[float], chunks: int) -> list[tuple[str, float, str]]:
    """(name, value, unit) of a whole reply; `gaps` in seconds between arrivals of text, fewer where some came together.

    A reply of one arrival has neither a rate nor a largest gap.
    """
    found = [(CHUNKS, float(chunks), "chunks"), (STALLS, float(sum(gap > STALL_SECONDS for gap in gaps)), "count")]
    if len(gaps):
        found += [(RATE, (chunks - 1) / sum(gaps), "/s"), (LARGEST, max(gaps) * 1000, "ms")]
    return found

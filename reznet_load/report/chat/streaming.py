"""How replies streamed: first token, gaps, reasoning, tools, tokens; of users and of providers asked directly."""

from __future__ import annotations

from typing import Any

from reznet_load.core.rows import (
    AGENT_TURN,
    CHUNK_GAP,
    FAILED_GAP,
    FIRST_REASONING,
    FIRST_TOKEN,
    REPLY_CHUNKS,
    TOKEN_RATE,
    TOKENS_COUNTED,
    TOOL_CALLS,
    TOOL_TIME,
)
from reznet_load.core.units import format_value
from reznet_load.report.parts.blocks import figures, of_failed
from reznet_load.report.sections import s7_streaming
from reznet_load.report.view import View, ms

_TIMED = (
    (AGENT_TURN, "Whole reply"),
    (FIRST_REASONING, "First reasoning"),
    (FIRST_TOKEN, "First token"),
    (CHUNK_GAP, "Gap between chunks"),
)
_COUNTED = (
    (TOKENS_COUNTED, "Tokens of a reply, as the backend counts them"),
    (TOKEN_RATE, "Tokens a second from the first text on"),
    (TOOL_CALLS, "Calls of tools, of turns that had any"),
    (TOOL_TIME, "Time in tools, of turns that had any"),
)


def names(view: View) -> dict[str, Any]:
    """The values for the template `chat/streaming.md.j2`."""
    found = s7_streaming.names(view)
    return {
        "timed": [{"title": title} | figures(row) for one, title in _TIMED if (row := view.row(one.key))],
        "counted": [{"title": title} | figures(row) for one, title in _COUNTED if (row := view.row(one.key))],
        "of_failed": of_failed(view, FAILED_GAP.key),
        "streams": found["streams"],
        "stream_lines": found["stream_lines"],
        "analysis": _analysis(view),
    }


def _analysis(view: View) -> list[str]:
    whole, first, gap, chunks = (view.row(row.key) for row in (AGENT_TURN, FIRST_TOKEN, CHUNK_GAP, REPLY_CHUNKS))
    found = []
    if whole and first and whole.mean and first.mean:
        share = 100 * first.mean / whole.mean
        found.append(f"The wait for the first token is {share:.0f} % of a whole reply. The rest is streaming.")
    if gap and chunks and chunks.mean:
        mean = format_value(chunks.mean, chunks.unit)
        found.append(f"A reply has {mean} on average; 95 % of the gaps are below {ms(gap.p95)}.")
    if whole and whole.cut_off:
        found.append(f"{whole.cut_off} replies were still streaming when the run ended and count as neither.")
    return found

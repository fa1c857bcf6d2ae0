"""The Retry-After of an answer (RFC 9110, 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds_in(text: str, most: float) -> float:
    """Seconds that it asks to wait, given in seconds or as a date; 0 if it is neither, at most `most`."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            seconds = 0.0
    return min(max(seconds, 0.0), most) if seconds == seconds else 0.0

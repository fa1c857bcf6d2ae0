"""Counters shared by the frame readers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Complete text and binary messages, their payload bytes as received, and the bytes that inflating added."""

    messages: int = 0
    wire_bytes: int = 0
    saved_bytes: int = 0

    @property
    def plain_bytes(self) -> int:
        """Payload bytes after inflating."""
        return self.wire_bytes + self.saved_bytes

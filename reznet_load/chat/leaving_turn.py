"""A turn whose user leaves in mid-stream, after so many pieces of its reply."""

from __future__ import annotations

from typing import Any

from reznet_load.chat.turn import Turn
from reznet_load.chat.turn_rows import OF_LEFT


class LeavingTurn(Turn):
    """Over with the arrival of its piece number `pieces`, from one up; a reply that is shorter comes to its end."""

    rows = OF_LEFT

    def __init__(self, *given: Any, pieces: int) -> None:
        super().__init__(*given)
        self._pieces = pieces

    def token(self, text: str, at: float) -> bool:
        """As of any turn; False also where its user has left with it, so that the session wakes the user."""
        return super().token(text, at) and not self.closed

    def _note_text(self, text: str, at: float) -> None:
        super()._note_text(text, at)
        if self.chunks >= self._pieces:
            self.leave(at)

"""A turn whose user leaves before the end of the reply."""

from __future__ import annotations

from typing import Any

from reznet_load.chat.turn import Turn
from reznet_load.chat.turn_rows import OF_LEFT


class LeavingTurn(Turn):
    """A turn that its user leaves when piece number `pieces` (≥ 1) of the reply arrives; shorter replies end normally."""

    rows = OF_LEFT

    def __init__(self, *given: Any, pieces: int) -> None:
        super().__init__(*given)
        self._pieces = pieces

    def token(self, text: str, at: float) -> bool:
        """As `Turn.token`; also False if the user leaves with this piece: the session then wakes the user."""
        return super().token(text, at) and not self.closed

    def _note_text(self, text: str, at: float) -> None:
        super()._note_text(text, at)
        if self.chunks >= self._pieces:
            self.leave(at)

"""A turn of a question to RezNet, for tests that pass it events of the backend."""

from __future__ import annotations

from reznet_load.chat.dialect import Conversation, Event
from reznet_load.chat.turn import Turn
from reznet_load.core.settings.settings import Timeouts
from reznet_load.dialects.every import DEFAULT
from reznet_load.dialects.reznet import RezNet


class AskedTurn(Turn):
    """A turn that `receive`s events of the backend; `dialect` reads them."""

    def __init__(
        self, channel: str, text: str, agent: str | None, at: float, timeouts: Timeouts, dialect: RezNet = DEFAULT
    ) -> None:
        _, own = dialect.ask(Conversation(channel, agent=agent), text)
        super().__init__(own, at, timeouts, dialect.echoes)
        self._dialect = dialect

    def receive(self, event: Event, at: float) -> None:
        """Apply an event of the backend that arrived at `at`."""
        self.hear(self._dialect, event, at)

"""What our own provider still did for users who had left (`--mix impatient=N`): does the backend stop paying?

Cost: one GET a second to the provider, which answers with the calls that ended since the previous one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from reznet_load.core.errors import TargetError
from reznet_load.core.rows import LEFT_CALL, LEFT_CALL_TOKENS
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock
from reznet_load.core.text.marked_questions import LEFT_PATH
from reznet_load.deployment.api import Api
from reznet_load.probes.probe import Notes, ProbedRun, ProbeError, Task

_EVERY = 1.0  # seconds


class LeftCallsProbe:
    """Calls that ended after their user had left, or by its leaving: of users who left since the run was prepared.

    The probes' process may be ready only after the first of them.
    """

    name = "left_calls"

    def __init__(self, settings: Settings, notes: Notes, started: str = "") -> None:
        """`started`: when the run was prepared, ISO 8601 in UTC; "": from now on."""
        self._began = datetime.fromisoformat(started).timestamp() if started else clock.now()
        self._url = settings.watched_provider
        self._api = Api(Settings(host=self._url))
        self._notes = notes
        self._next = 0
        self._ended: list[dict[str, Any]] = []
        self._on = self._unseen = 0

    @classmethod
    def of_run(cls, run: ProbedRun) -> LeftCallsProbe:
        """Of the run's settings."""
        return cls(run.settings, run.notes, run.info().started)

    def open(self) -> dict[str, Any]:
        """Is it a provider of ours? Raises ProbeError."""
        self._ask(0)
        return {}

    def tasks(self) -> list[Task]:
        """One task."""
        return [Task(_EVERY, lambda due: self._look())]

    def _look(self) -> None:
        found = self._ask(self._next)
        now = clock.now()
        for call in found["calls"]:
            self._notes.timed(LEFT_CALL, call["seconds"] * 1000, now - call["seconds"])
            self._notes.count(LEFT_CALL_TOKENS, call["tokens"], now - call["seconds"])
        self._ended += found["calls"]
        self._next, self._on, self._unseen = found["next"], found["on"], found["unseen"]

    def close(self) -> dict[str, Any]:
        """Calls of users who left: how many, how many ran to their end, tokens after leaving, how many are still
        running.
        """
        self._look()
        return {
            "calls": len(self._ended),
            "to_their_end": sum(bool(call["whole"]) for call in self._ended),
            "tokens": sum(call["tokens"] for call in self._ended),
            "still_on": self._on,
            "unseen": self._unseen,
        }

    def _ask(self, after: int) -> dict[str, Any]:
        try:
            within = max(0.0, clock.now() - self._began)
            answer = self._api.call("GET", f"{LEFT_PATH}?after={after}&within={within:.3f}")
        except TargetError as error:
            raise ProbeError(str(error)) from None
        found = answer.body if answer.ok and isinstance(answer.body, dict) else {}
        if not isinstance(found.get("calls"), list) or not all(
            isinstance(found.get(n), int) for n in ("next", "on", "unseen")
        ):
            raise ProbeError(f"{self._url} is not a `reznet-load provider`: it does not answer {LEFT_PATH}")
        return found

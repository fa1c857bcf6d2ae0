"""Locust's runner as one side of a duel uses it: messages between master and workers have the name of the side added."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from locust.env import Environment
from locust.event import Events
from locust.runners import Runner

_OF_BOTH = ("stats",)  # Locust's own report, which contains both sides (`carry_statistics`)


class SideRunner:
    """Behaves like `runner`, except for the names of messages.

    `__class__` is the class of `runner`, because Locust's and our code check it to tell a master from a worker.
    """

    def __init__(self, runner: Runner, side: str) -> None:
        self._runner = runner
        self._side = side

    @property
    def __class__(self) -> Any:
        return type(self._runner)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runner, name)

    def register_message(self, name: str, listener: Callable[..., Any], concurrent: bool = False) -> None:
        """Like Locust's method; the listener hears only messages of this side."""
        self._runner.register_message(f"{name}_{self._side}", listener, concurrent)

    def send_message(self, name: str, data: Any = None, client_id: str | None = None) -> None:
        """Like Locust's method; only the same side on the other process hears the message."""
        self._runner.send_message(name if name in _OF_BOTH else f"{name}_{self._side}", data, client_id)


def carry_statistics(main: Environment, events: Events, side: str) -> None:
    """Put the statistics of a side into the report that Locust's workers send every three seconds."""

    def on_report_to_master(client_id: str, data: dict[str, Any], **_: Any) -> None:
        data[side] = {}
        events.report_to_master.fire(client_id=client_id, data=data[side])

    def on_worker_report(client_id: str, data: dict[str, Any], **_: Any) -> None:
        if side in data:
            events.worker_report.fire(client_id=client_id, data=data[side])

    main.events.report_to_master.add_listener(on_report_to_master)
    main.events.worker_report.add_listener(on_worker_report)

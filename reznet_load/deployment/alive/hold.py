"""Shows other runs that this run is on: through Redis, else PostgreSQL, else only by the messages in its channels.

REST is not used: a sign there would be a row in the database, and a message in the cache that is judged.
"""

from __future__ import annotations

import threading

from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.foreign_text import safe
from reznet_load.deployment.alive.sign import CannotShowError, LifeKeeper, LifeSign

NOTE = "known to be on"  # its key in RunInfo.notes
RENEW_SECONDS = 10.0  # a third of the lifetime of the shorter-lived sign


class Hold:
    """Shows the run from now until `end`. Without a `sign`, other runs only see messages in its channels. `text` is for
    the reader.
    """

    def __init__(self, settings: Settings, run: str) -> None:
        self._keeper, refusals = _first(settings, run)
        self.sign: LifeSign | None = self._keeper.sign if self._keeper else None
        said = {"redis": "by a key in Redis with a TTL of 30 s", "lock": "by an advisory lock in PostgreSQL"}
        shown = said[self.sign.way] if self.sign else "by new messages in its channels alone"
        self.text = shown + "".join(f"; not by {name}: {why}" for name, why in refusals)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        if self._keeper is not None:
            self._thread = threading.Thread(target=self._renew, name="reznet-load-alive", daemon=True)
            self._thread.start()

    def _renew(self) -> None:
        assert self._keeper is not None
        while not self._over.wait(RENEW_SECONDS):
            try:
                self._keeper.renew()
            except Exception:  # a driver may raise anything; the server may be back next time
                continue

    def end(self) -> None:
        """Stop renewing. The key stays until the clean-up removes it."""
        self._over.set()
        if self._keeper is not None and self._thread is not None:
            self._thread.join(2.0)
            self._keeper.close()
            self._keeper = None


def _first(settings: Settings, run: str) -> tuple[LifeKeeper | None, list[tuple[str, str]]]:
    """The first way that works, and why those before it do not. A driver is imported only if its address is given."""
    refusals = []
    for name, there, take in (
        ("REDIS_URL", settings.redis_url, _by_key),
        ("DATABASE_URL", settings.database_url, _by_lock),
    ):
        if not there:
            continue
        try:
            return take(settings, run), refusals
        except CannotShowError as error:
            refusals.append((name, str(error)))
        except Exception as error:  # a driver may raise anything
            refusals.append((name, f"{type(error).__name__}: {safe(error, 160)}"))
    return None, refusals


def _by_key(settings: Settings, run: str) -> LifeKeeper:
    from reznet_load.deployment.alive.run_key import RunKey

    return RunKey(settings, run)


def _by_lock(settings: Settings, run: str) -> LifeKeeper:
    from reznet_load.deployment.alive.run_lock import RunLock

    return RunLock(settings, run)

"""When each probe's server answered and when it did not, from the results of its tasks, whose times are given.

A server is away from its first failure, or from its last answer if that came later, until its next answer to any task.
A refusal is an answer: refusals are kept separately, and so are errors of a probe itself.
"""

from __future__ import annotations

import math
import threading
from dataclasses import asdict, dataclass
from typing import Any

from reznet_load.probes.probe import ProbeDefect, ProbeError, ProbeRefused, ProbeTimeout

# An answer already on its way when the server went away may come after the first failure; it does not split the
# absence.
MERGE_SECONDS = 1.5
# If one of several calls takes too long while others are answered, it is a slow call and not an absence.
SLOW_SECONDS = 1.0


@dataclass
class Away:
    """From the last answer before to the first after, seconds since the epoch; `until` None: it did not come back."""

    since: float
    until: float | None
    why: str
    slow: bool = False


class Answers:
    """Fed by the tasks of all probes, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}
        self._away: dict[str, list[Away]] = {}
        self._lost: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        self._broken: dict[str, str] = {}
        self._news = False

    def answered(self, probe: str, began: float, at: float, within: float = math.inf) -> None:
        """A task of `probe` that began at `began` got its answer at `at`; after `within` seconds of silence its server
        was away.
        """
        with self._lock:
            last, self._last[probe] = self._last.get(probe, began), at
            gaps = self._away.setdefault(probe, [])
            if self._lost.pop(probe, None) is not None:
                self._news = True
                gaps[-1].until = at
                if gaps[-1].slow and at - gaps[-1].since < SLOW_SECONDS:
                    gaps.pop()
            elif at - max(began, last) > within:  # other tasks' calls may have begun before this one
                self._news = True
                gaps.append(Away(last, at, f"it did not answer for {at - last:.0f} s"))

    def failed(self, probe: str, began: float, error: ProbeError) -> None:
        """A task that began at `began` failed."""
        with self._lock:
            if isinstance(error, ProbeRefused | ProbeDefect):
                kept = self._refused if isinstance(error, ProbeRefused) else self._broken
                self._news |= kept.get(probe) != str(error)
                kept[probe] = str(error)
                return
            gaps, slow = self._away.setdefault(probe, []), isinstance(error, ProbeTimeout)
            if probe not in self._lost:
                self._news = True
                since = max(began, self._last.get(probe, began))
                last = gaps[-1] if gaps else None
                if last is not None and last.until is not None and since - last.until < MERGE_SECONDS:
                    last.until = None
                else:
                    gaps.append(Away(since, None, str(error), slow))
            self._lost[probe] = gaps[-1].why = str(error)
            gaps[-1].slow &= slow

    @property
    def news(self) -> bool:
        """Is there anything that the last call of `facts` did not include?"""
        return self._news

    def facts(self) -> dict[str, Any]:
        """The record for probes.json.

        `away`: every absence by probe; `lost`: why those that are away now are; `refused`: refusals; `broken`: errors
        of a probe itself.
        """
        with self._lock:
            self._news = False
            away = {probe: [_data(one) for one in gaps] for probe, gaps in self._away.items() if gaps}
            kinds = {"lost": self._lost, "refused": self._refused, "broken": self._broken}
            return {"away": away} | {key: dict(found) for key, found in kinds.items()}


def _data(one: Away) -> dict[str, Any]:
    found = asdict(one)
    del found["slow"]
    return found

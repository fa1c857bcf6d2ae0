"""One row during a run: what succeeded, what failed and how, and since when nothing succeeds."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

RECENT_SECONDS = 10.0
_KINDS = 50  # of failure that are counted separately here; the document has all


@dataclass(slots=True)
class RowState:
    """One row so far.

    times     ms of successes -> count
    recent    (time, the `times` that came in then), of the last RECENT_SECONDS
    lately    the sum of `recent`
    errors    text -> count
    since     time of the first failure after the last success, by the clock of `take`
    broken    failures since then
    """

    ok: int = 0
    failed: int = 0
    times: Counter[float] = field(default_factory=Counter)
    recent: deque[tuple[float, Counter[float]]] = field(default_factory=deque)
    lately: Counter[float] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    since: float | None = None
    broken: int = 0

    @property
    def p95(self) -> float | None:
        """The p95 of all successes, ms."""
        return quantile(self.times)

    def p95_at(self, now: float) -> float | None:
        """The p95 of the last RECENT_SECONDS, ms."""
        self._forget(now)
        return quantile(self.lately)

    def _forget(self, now: float) -> None:
        """Drop what came in before the last RECENT_SECONDS."""
        while self.recent and now - self.recent[0][0] > RECENT_SECONDS:
            for ms, count in self.recent.popleft()[1].items():
                self.lately[ms] -= count
                if not self.lately[ms]:
                    del self.lately[ms]

    def add(self, times: Counter[float], errors: Counter[str], now: float) -> None:
        """Add what came in since the last call."""
        ok, failed = times.total(), errors.total()
        self.ok += ok
        self.failed += failed
        self.times.update(times)  # not `+=`, which iterates over all existing entries
        for text, count in errors.items():
            self.errors[text if len(self.errors) < _KINDS or text in self.errors else "other kinds"] += count
        if times:
            self.recent.append((now, times))
            self.lately.update(times)
        self._forget(now)
        if ok:
            self.since, self.broken = None, 0
        elif failed:
            self.since = now if self.since is None else self.since
            self.broken += failed


def quantile(counts: Counter[float], percent: int = 95) -> float | None:
    """The quantile by nearest rank, like in verdicts; None if there are no counts."""
    rank, seen = -(-percent * counts.total() // 100), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= rank:
            return value
    return None

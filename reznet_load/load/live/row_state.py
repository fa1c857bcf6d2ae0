"""One row while a run is on: what succeeded, what failed and how, and since when nothing succeeds."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

RECENT_SECONDS = 10.0
_KINDS = 50  # of failure that a row keeps apart here; the document has them all


@dataclass(slots=True)
class RowState:
    """One row so far.

    times     ms of successes -> how many        recent   (when, the same of what came in then), of the last RECENT_SECONDS
    lately    the sum of `recent`
    errors    text -> how many                   since    of the first failure after the last success, by the clock of `take`
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
        """Of all successes, ms."""
        return quantile(self.times)

    def p95_at(self, now: float) -> float | None:
        """Of those of the last RECENT_SECONDS, ms."""
        self._forget(now)
        return quantile(self.lately)

    def _forget(self, now: float) -> None:
        """What came in before the last RECENT_SECONDS."""
        while self.recent and now - self.recent[0][0] > RECENT_SECONDS:
            for ms, count in self.recent.popleft()[1].items():
                self.lately[ms] -= count
                if not self.lately[ms]:
                    del self.lately[ms]

    def add(self, times: Counter[float], errors: Counter[str], now: float) -> None:
        """What came in since the last time."""
        ok, failed = times.total(), errors.total()
        self.ok += ok
        self.failed += failed
        self.times.update(times)  # not `+=`, which walks over all that was there
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
    """By nearest rank, as verdicts take it; None of nothing."""
    rank, seen = -(-percent * counts.total() // 100), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= rank:
            return value
    return None

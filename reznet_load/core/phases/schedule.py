"""A user's own schedule: scheduled starts that are never reset, so that a slow answer does not lose any of them."""

from __future__ import annotations


class Schedule:
    """Scheduled starts every `period` seconds after a random first one (`phase`, 0..1 of a period).

    A pure function of the clock passed in. The random phase keeps users from starting in the same millisecond of every
    second.
    """

    def __init__(self, period: float, phase: float) -> None:
        self.period = period
        self._phase = phase
        self.intended: float | None = None

    def wait(self, now: float) -> float:
        """Move to the next scheduled start; returns the seconds until then, 0 if it is already past (catch up back to
        back).
        """
        self.intended = now + self._phase * self.period if self.intended is None else self.intended + self.period
        return max(0.0, self.intended - now)

    def late(self, now: float) -> float | None:
        """Seconds since the scheduled start; None before the first."""
        return None if self.intended is None else max(0.0, now - self.intended)

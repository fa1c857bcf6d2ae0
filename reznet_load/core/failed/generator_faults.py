"""Names of the Cautions about a process of the generator that other modules look up."""

from __future__ import annotations

AWAY = "worker_away_"  # followed by the worker's name: the master did not hear from it for some seconds
STOOD_STILL = "stood_still_"  # followed by the process' name: its own timers did not fire for some seconds


def names_a_cause(caution_id: str) -> bool:
    """Does this Caution say why a process of the generator was late? Then no cause needs to be guessed."""
    return caution_id.startswith((AWAY, STOOD_STILL))

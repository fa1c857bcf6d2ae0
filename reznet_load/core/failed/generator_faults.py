"""Names of what can befall a process of the generator: the run's own Cautions that other parts ask for."""

from __future__ import annotations

AWAY = "worker_away_"  # and the worker: the master did not hear of it for some seconds
STOOD_STILL = "stood_still_"  # and the process: its own timers did not fire for some seconds


def names_a_cause(caution_id: str) -> bool:
    """Does this Caution say why a process of the generator was late, so that nothing is to be guessed?"""
    return caution_id.startswith((AWAY, STOOD_STILL))

"""Runs of several steps as series of known numbers: rates, times and failures of each phase."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from reznet_load.core.profile import Profile
from reznet_load.core.run import RunInfo
from reznet_load.verdict.samples import Series
from tests.builders import ORIGIN, info

TEXTS = ("", "busy: the agent answers somebody else, no reply will come", "silence: no first token in time", "HTTP 503")
BUSY, SILENCE, UNAVAILABLE = 1, 2, 3


@dataclass(frozen=True)
class Traffic:
    """Per second and in ms: what is answered, what fails, and how."""

    rate: float
    value: float = 900.0
    failures: float = 0.0
    failed_after: float = 20.0
    error: int = BUSY


def stepped(profile: Profile, scenario: str) -> RunInfo:
    """A finished run of `profile` from ORIGIN on."""
    phases = tuple(replace(p, start=ORIGIN + p.start, end=ORIGIN + p.end) for p in profile.phases())
    return info(users=profile.peak, phases=phases, scenario=scenario)


def row(key: str, run: RunInfo, traffic: list[Traffic]) -> Series:
    """`key` with the traffic of each held phase, from the start of its settling on."""
    parts = [np.empty((3, 0))]
    held = [n for n, phase in enumerate(run.phases) if phase.part != "settle"]
    for number, one in zip(held, traffic, strict=True):
        begin = run.phases[number - 1].start if run.phases[number - 1].part == "settle" else run.phases[number].start
        end = run.phases[number].end
        for rate, value, error in ((one.rate, one.value, 0), (one.failures, one.failed_after, one.error)):
            start = begin + (np.arange(round(rate * (end - begin))) + 0.5) / max(rate, 1e-9)
            wave = value * (1 + 0.05 * np.sin(np.arange(len(start))))
            parts.append(np.stack([start, wave, np.full(len(start), error)]))
    start, value, error = np.concatenate(parts, axis=1)
    order = np.argsort(start, kind="stable")
    return series(key, start[order], value[order], error[order])


def series(key: str, start: np.ndarray, value: np.ndarray, error: np.ndarray | None = None, unit: str = "ms") -> Series:
    """One worker's."""
    error = np.zeros(len(start)) if error is None else error
    none, zeros = np.full(len(start), np.nan), np.zeros(len(start), np.uint16)
    return Series(key, unit, start, value.astype(float), none, error.astype(np.uint16), zeros, TEXTS)


def each_second(key: str, run: RunInfo, unit: str = "users", until: float = 0.0) -> Series:
    """A gauge once a second, the users of each phase; it stops `until` seconds before the end."""
    seconds = np.arange(run.phases[0].start + 0.5, run.phases[-1].end - until)
    users = [next(p.users for p in run.phases if p.start <= second < p.end) for second in seconds]
    return series(key, seconds, np.array(users), unit=unit)

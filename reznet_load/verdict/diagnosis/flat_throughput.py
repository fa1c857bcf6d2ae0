"""Throughput stagnates while users increase, and no monitored resource is at its limit: evidence of a limit elsewhere.

A backend short of CPU, connections or database does not complete more turns either, but its gauges show it. If none of
them is near its limit and turns in flight pile up, something in or in front of the provider admits only so many at
once.
"""

from __future__ import annotations

from reznet_load.core.measured.measurement import Row
from reznet_load.core.phases.steps import Step
from reznet_load.core.profile import BEYOND, STEP
from reznet_load.core.rows import (
    DB_ACTIVE,
    DB_CONNECTIONS,
    DB_IDLE_IN_TRANSACTION,
    POSTGRES_CPU,
    REDIS_CPU,
    TARGET_CPU,
    TURNS_IN_FLIGHT,
    WAITING_FOR_CORE,
)
from reznet_load.core.run import RunInfo
from reznet_load.core.units import format_value

# Our judgement: throughput differs by less than STANDS while users grow by more than GROWN, with REPLIES replies per
# step.
STANDS, GROWN, REPLIES = 1.05, 1.25, 50
# Gauge -> mean percent from which it may hold the turns back: a loop at 70 % of a core already queues; a process that
# waits for a core a fifth of the time is on a machine without a free one.
NEAR = {TARGET_CPU.key: 70.0, POSTGRES_CPU.key: 70.0, REDIS_CPU.key: 70.0, WAITING_FOR_CORE.key: 20.0}
POOL_BUSY, POOL_WAITED = 0.7, 0.01  # share of its connections; share of the requests for one
_IN_FLIGHT, _CPU = TURNS_IN_FLIGHT.key, TARGET_CPU.key


def flat_throughput(steps: tuple[Step, ...], rows: tuple[Row, ...], info: RunInfo) -> str:
    """The evidence as a sentence; empty if throughput grew, something was near its limit, or the CPU was not measured."""
    flat = _flat([step for step in steps if step.state == "fail" and step.part in (STEP, BEYOND)])
    if not flat:
        return ""
    means = {(row.key, row.phase): row.mean for row in rows if row.mean is not None}
    seen = {key: [means.get((key, step.name)) for step in flat] for key in (*NEAR, _IN_FLIGHT)}
    flight, cpu = _known(seen[_IN_FLIGHT]), _known(seen[_CPU])
    if not cpu or len(flight) < len(flat) or flight[-1] / max(flight[0], 1e-9) <= flat[-1].users / flat[0].users:
        return ""
    if any(value >= most for key, most in NEAR.items() for value in _known(seen[key])) or _pool_is_short(
        flat, means, info
    ):
        return ""
    unseen = "" if _pool_was_seen(flat, means, info) else " (its database connections could not be seen)"
    turns = sorted(step.turns for step in flat)
    idle = "".join(
        f", {name}'s at {format_value(max(values), '%')} at most"
        for name, key in (("PostgreSQL", POSTGRES_CPU.key), ("Redis", REDIS_CPU.key))
        if (values := _known(seen[key]))
    )
    return (
        f"Replies end at {format_value(turns[0], '/s')} to {format_value(turns[-1], '/s')} from {flat[0].users} to "
        f"{flat[-1].users} users, and turns in flight rise from {flight[0]:.0f} to {flight[-1]:.0f}, while the target's CPU is "
        f"at {format_value(max(cpu), '%')} of a core at most{idle}{unseen}: something in front of the provider or in it limits "
        "how many turns run at once. Evidence, not proof: look for a semaphore, a rate limit, a pool of workers or of the "
        "provider's client."
    )


def _flat(failed: list[Step]) -> list[Step]:
    """The longest run of last steps, by users, over which throughput stagnates; [] if there is none."""
    climb = sorted(failed, key=lambda step: (step.users, step.name))
    for place in range(len(climb) - 1):
        part = climb[place:]
        turns = [step.turns for step in part]
        enough = min(step.turns * step.seconds for step in part) >= REPLIES
        if enough and max(turns) <= STANDS * min(turns) and part[-1].users >= GROWN * part[0].users:
            return part
    return []


def _known(values: list[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _pool_was_seen(flat: list[Step], means: dict[tuple[str, str], float], info: RunInfo) -> bool:
    sessions = all((DB_CONNECTIONS.key, step.name) in means for step in flat)
    return sessions or bool(info.probes.get("after", {}).get("postgres", {}).get("pool"))


def _pool_is_short(flat: list[Step], means: dict[tuple[str, str], float], info: RunInfo) -> bool:
    """Are the target's database connections all in use, or do requests wait for them by its own count?"""
    for step in flat:
        busy = sum(means.get((row.key, step.name), 0.0) for row in (DB_ACTIVE, DB_IDLE_IN_TRANSACTION))
        if busy > POOL_BUSY * means.get((DB_CONNECTIONS.key, step.name), float("inf")):
            return True
    pool = info.probes.get("after", {}).get("postgres", {}).get("pool", {})
    return bool(pool.get("requests_queued", 0) > POOL_WAITED * pool.get("requests_num", 0))

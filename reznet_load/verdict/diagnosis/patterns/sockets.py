"""Patterns of the backend's event loop and of what it sends over sockets."""

from __future__ import annotations

from reznet_load.core.failed.failure_kinds import TOO_LATE
from reznet_load.core.finding import FOUND
from reznet_load.core.rows import (
    AGENT_TURN,
    COMPRESSION,
    ECHO,
    EVENTS_RECEIVED,
    OWN_EVENTS,
    PING,
    PLAIN_BYTES,
    REPLY_CHUNKS,
    TARGET_CPU,
)
from reznet_load.core.units import format_value
from reznet_load.verdict.diagnosis.evidence import Evidence
from reznet_load.verdict.diagnosis.loop import loop_waits
from reznet_load.verdict.diagnosis.patterns import thresholds as at
from reznet_load.verdict.diagnosis.patterns.rule import Rule, Seen, at_least

# Events of a turn in addition to its chunks, for runs that did not count them: echo, thinking, placeholder, final
# chunk, whole text, online; and a batch of typing.
_EVENTS_A_TURN = 6


def _see_blocked(evidence: Evidence) -> Seen | None:
    """Late pings that were released together with other late answers (diagnosis/loop.py)."""
    waits = loop_waits(evidence)
    if waits.answer != FOUND:
        return None
    cpu = evidence.mean(TARGET_CPU.key)
    words = {
        "late": f"{waits.late} of {waits.pings} pings took over {waits.over:.0f} ms",
        "longest": format_value(waits.longest, "ms"),
        "together": f"{100 * waits.together:.0f} % of these came back within {at.TOGETHER:.0f} ms of another late answer "
        f"(by chance {100 * waits.chance:.0f} %)",
        "cpu": "" if cpu is None else f"; the backend used {cpu:.0f} % of a core",
    }
    return Seen(words)


def _pinged(evidence: Evidence) -> str:
    return loop_waits(evidence).why


def _see_fan_out(evidence: Evidence) -> Seen | None:
    """Each user receives events that concern other users, in proportion to the number of users."""
    received, users = evidence.within(EVENTS_RECEIVED.key), evidence.phase.users
    own = _own_events(evidence)
    if received is None or users < 2 or own < at.FEWEST_READS or evidence.phase.seconds <= 0:
        return None
    total = float(received.value.sum())
    times = total / own
    if times < at.FAN_OUT or times < at.FAN_OUT_SHARE * users:
        return None
    each = total / users / evidence.phase.seconds
    words = {"users": str(users), "each": f"{each:.0f}", "times": f"{times:.0f}"}
    words["twice"] = f"{2 * each:.0f} each, {format_value(4 * total / evidence.phase.seconds, 'count')} a second in all"
    return Seen(words, 100 * (1 - 1 / times))


def _received(evidence: Evidence) -> str:
    if evidence.phase.users < 2:
        return "one user alone has no others"
    if evidence.within(EVENTS_RECEIVED.key) is None:
        return "the events that came in were not counted"
    return (
        "" if _own_events(evidence) >= at.FEWEST_READS else "users received too few events of their own to compare with"
    )


def _own_events(evidence: Evidence) -> float:
    """Events of the phase that concern the user who receives them; 0 if a run of an older version did not count them.

    Failed turns received some events as well.
    """
    rows = evidence.rows
    turn, echo, ping, counted = (rows.get(key) for key in (AGENT_TURN.key, ECHO.key, PING.key, OWN_EVENTS.key))
    written = 2 * (echo.count if echo else 0) + (ping.count if ping else 0)
    if counted is not None:
        echoed = min(counted.count, echo.count) if echo else 0  # echoes of turns are included in what was counted
        return counted.count * (counted.mean or 0.0) + written - 2 * echoed
    if turn is not None and turn.failures > at.FAILED_SHARE / 100 * turn.total:
        return 0.0
    return (turn.count if turn else 0) * ((evidence.mean(REPLY_CHUNKS.key) or 0.0) + _EVENTS_A_TURN) + written


def _see_uncompressed(evidence: Evidence) -> Seen | None:
    row = evidence.rows.get(COMPRESSION.key)
    if row is None or row.mean is None or row.count < at.FEWEST or row.mean > at.COMPRESSED:
        return None
    if not evidence.info.deployment.compression:
        return None
    plain = evidence.within(PLAIN_BYTES.key)
    rate = (
        float(plain.value.sum()) / evidence.phase.seconds / 1000
        if plain is not None and evidence.phase.seconds
        else 0.0
    )
    return Seen({"share": f"{row.mean:.0f}", "rate": f"{rate:.1f}"})


def _offered(evidence: Evidence) -> str:
    return "" if evidence.info.deployment.compression else "users did not offer it"


RULES = (
    Rule(
        "loop_blocked", "blocked event loop",
        "The event loop is blocked for short times.",
        "{late}, up to {longest}; {together}{cpu}.",
        "Look for synchronous work in the loop: a provider's or database's blocking client, file access, large JSON, hashing. "
        "Move it into a thread or process, or use the asynchronous client.",
        ("websocket_latency_p95", "api_p95", "api_p50", "inter_chunk_mean", "ttfb_mean", "agent_response_p95"),
        "Infrastructure", ("chat",), "--fault blocked-loop", _see_blocked, (_pinged,), TOO_LATE,
    ),
    Rule(
        "fan_out", "all events sent to all users",
        "Every user receives the events of all users: traffic grows with the square of the users.",
        "Each of {users} users received {each} events a second, {times} times more than it needed; twice the users would be "
        "{twice}.",
        "Deliver events to the readers of their channel (rooms of Socket.IO), not to all users.",
        ("websocket_latency_p95", "inter_chunk_mean", "agent_response_p95"), "Infrastructure", ("agent|chat",),
        "--delivery broadcast", _see_fan_out, (_received,), TOO_LATE,
    ),
    Rule(
        "compression_off", "compression declined",
        "The backend declines WebSocket compression.",
        "{share} % of the sockets negotiated permessage-deflate, though all offered it; {rate} kB/s went out plain.",
        "Switch permessage-deflate on in the WebSocket server, and check whether a proxy removes the header.",
        ("compression",), "Infrastructure", (), "--fault no-compression", _see_uncompressed,
        (_offered, at_least(COMPRESSION.key, at.FEWEST, "sockets")),
    ),
)  # fmt: skip

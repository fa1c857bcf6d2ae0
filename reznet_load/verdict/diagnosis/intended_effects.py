"""What each option of the embedded target causes that makes it slow, small or faulty on purpose: the one table of it.

It is read when a problem is found, to say that an option caused it. tests/verdict/test_intended_causes.py proves that
every fault of the target has an entry, and that every known pattern is in the entry of the fault that triggers it.
"""

from __future__ import annotations

from dataclasses import dataclass

from reznet_load.core.failed.failure_kinds import SERVER_TROUBLE, TOO_LATE, FailureKind
from reznet_load.core.rows import GET_CHANNELS
from reznet_load.verdict.diagnosis.shares import (
    APPLICATION,
    CACHE,
    DATABASE,
    LOOP,
    OUTSIDE_UNKNOWN,
    PROVIDER,
    PROVIDER_UNKNOWN,
    WAIT_UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class Effect:
    """What an option causes.

    parts         of a requirement's time that take longer (diagnosis/shares.py)
    patterns      ids of known patterns that it triggers
    errors        kinds of failures that it makes
    row           the only row whose operations it makes fail; empty: any
    requirements  ids of those, and of what is judged beyond the expected load, that it can fail by their value
    """

    parts: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    errors: tuple[FailureKind, ...] = ()
    row: str = ""
    requirements: tuple[str, ...] = ()


_HANDLERS = (APPLICATION, PROVIDER_UNKNOWN, OUTSIDE_UNKNOWN)
_LATE_REPLY = (FailureKind.SILENCE, FailureKind.STALL, FailureKind.REPLY_TIMEOUT)
_GONE = (FailureKind.LOST, FailureKind.REFUSED, *TOO_LATE)
_CUT_OFF = (*TOO_LATE, *SERVER_TROUBLE)
_REPLIES = ("agent_response_p95", "ttfb_mean", "inter_chunk_mean")
_BEYOND = ("accepted_p95", "goodput_kept")  # judged with more users than expected (verdict/beyond)
_CACHED = ("cache_hit_rate", "query_reduction")
_STREAM = Effect((PROVIDER, PROVIDER_UNKNOWN), ("provider_slow",), _LATE_REPLY, requirements=_REPLIES)
_REFUSED = ("provider_limiting",)
_SMALL_POOL = Effect((DATABASE, *_HANDLERS), ("pool_exhausted",), _CUT_OFF)

# Name of an option, for a fault including the fault (core/on_purpose.py) -> what it causes.
EFFECTS = {
    **dict.fromkeys(
        ("--first-token", "--gap", "--length", "--first-token-spread", "--gap-spread", "--length-spread", "--shape"), _STREAM
    ),
    "--process-time": Effect((PROVIDER, LOOP, WAIT_UNKNOWN, *_HANDLERS), ("provider_slow",), _LATE_REPLY),
    "--compute-time": Effect((LOOP, WAIT_UNKNOWN, *_HANDLERS), ("loop_blocked",), TOO_LATE),
    "--agent-concurrency": Effect(_HANDLERS, ("agents_one_at_a_time",), (FailureKind.BUSY,)),
    "--capacity": Effect(_HANDLERS, (), TOO_LATE, requirements=(*_REPLIES, *_BEYOND)),
    "--delivery": Effect((LOOP, WAIT_UNKNOWN), ("fan_out",), TOO_LATE),
    "--pool-size": _SMALL_POOL,
    "--pool-overflow": _SMALL_POOL,
    "--fault slow-query": Effect((DATABASE,), requirements=("db_query_p95",)),
    "--fault drop-index": Effect((DATABASE,), ("missing_index",)),
    "--fault slow-redis": Effect((CACHE,), requirements=("cache_ops_mean",)),
    "--fault cache-bypassed": Effect((CACHE,), ("cache_bypassed",), requirements=_CACHED),
    "--fault cold-cache": Effect((CACHE,), ("cold_cache",), requirements=_CACHED),
    "--fault lost-redis": Effect((CACHE,), ("redis_lost",), _CUT_OFF, requirements=(*_CACHED, "cache_ops_mean")),
    "--fault wrong-lifetime": Effect(patterns=("wrong_lifetime",)),
    "--fault no-invalidation": Effect(patterns=("no_invalidation",)),
    "--fault no-op-update": Effect(),  # a backend that is right, unlike v1
    "--fault blocked-loop": Effect((LOOP, WAIT_UNKNOWN), ("loop_blocked",), TOO_LATE, requirements=("websocket_latency_p95",)),
    "--fault slow-endpoint": Effect(_HANDLERS),
    "--fault slow-but-good": Effect(_HANDLERS),
    "--fault rare-endpoint": Effect(_HANDLERS),
    "--fault server-errors": Effect(errors=(FailureKind.SERVER_ERROR,), row=GET_CHANNELS.key),
    "--fault stall": Effect(errors=_LATE_REPLY),
    "--fault silence": Effect(errors=_LATE_REPLY),
    "--fault rare-silence": Effect(errors=_LATE_REPLY),
    "--fault hidden-sessions": Effect(),  # hides values, and fails none
    "--fault error-in-stream": Effect(
        patterns=_REFUSED, errors=(FailureKind.OVERLOADED, FailureKind.ERROR_IN_STREAM, FailureKind.ERROR_MESSAGE)
    ),
    "--fault error-after-reply": Effect(errors=(FailureKind.ERROR_AFTER_REPLY,)),
    "--fault disconnected": Effect(errors=(*_LATE_REPLY, FailureKind.ERROR_IN_STREAM, FailureKind.ERROR_MESSAGE)),
    "--fault rate-limited": Effect(patterns=_REFUSED, errors=(FailureKind.RATE_LIMITED, FailureKind.ERROR_MESSAGE)),
    "--fault overloaded": Effect(patterns=_REFUSED, errors=(FailureKind.OVERLOADED, FailureKind.ERROR_MESSAGE)),
    "--fault dropped-sockets": Effect(errors=_GONE, requirements=("concurrent_users",)),
    "--fault refused-sockets": Effect(errors=_GONE, requirements=("concurrent_users",)),
    "--fault no-compression": Effect(patterns=("compression_off",), requirements=("compression",)),
    "--fault long-keys": Effect(requirements=("payload_reduction",)),
    "--fault memory-growth": Effect(requirements=("backend_memory",)),
    "--fault connection-leak": Effect((DATABASE,), errors=SERVER_TROUBLE, requirements=("db_connections",)),
    "--fault lying-instrument": Effect(patterns=("instrument_lies",)),
    "--fault pool-exhausted": Effect((DATABASE, *_HANDLERS), ("pool_exhausted",), _CUT_OFF),
}  # fmt: skip

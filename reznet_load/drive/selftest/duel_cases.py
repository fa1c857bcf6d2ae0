"""The rows that must be slower in a duel in which only B has a fault of the matrix; no other row may be slower."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from reznet_load.core import rows

_TURN, _FIRST, _GAP = rows.AGENT_TURN.key, rows.FIRST_TOKEN.key, rows.CHUNK_GAP.key
_REPLY = (_TURN, _FIRST, _GAP)
_FAILED_TURNS = f"failures of {_TURN}"
_FAILED_REPLIES = (f"failures of {rows.CHAT} *",)
_LIST = (rows.GET_AGENTS.key, rows.GET_CHANNELS.key)
_ONE = (rows.GET_AGENT.key, rows.GET_CHANNEL.key)
_PAGE = rows.GET_MESSAGES.key
_HEALTH = rows.GET_HEALTH.key
_CACHE = (rows.CACHE_GET.key, rows.CACHE_SET.key)
_SAVED, _HITS = rows.QUERY_REDUCTION.key, rows.CACHE_READ.key
_ALL_CHAT, _ALL_GETS = f"{rows.CHAT} *", "GET *"
_ALL_API = f"{rows.GET_AGENTS.kind} /api/*"


@dataclass(frozen=True, slots=True)
class DuelCase:
    """The expected result of a duel with a fault in B. Rows are patterns for names of a duel's figures.

    slower    patterns: at least one row of each must be proven slower, and all of its rows may be slower
    may       patterns of rows that may be slower: the fault affects them only sometimes, or too little for this duration
    """

    slower: tuple[str, ...] = ()
    may: tuple[str, ...] = ()

    def allows(self, name: str) -> bool:
        """May this figure be slower?"""
        return any(fnmatchcase(name, one) for one in (*self.slower, *self.may))


_NOTHING = DuelCase()
# Name of a case of the matrix -> the expected result. `{id}` has no special meaning in a pattern; no row has `[` or `?`.
DUEL_CASES: dict[str, DuelCase] = {
    "healthy": _NOTHING,
    "slow-query": DuelCase((rows.AGENT_LIST_QUERY.key,), (f"{rows.GET_AGENTS.key}*", _SAVED)),
    # The probe's GET is fast, because it follows the SET, which has already waited for Redis.
    "slow-redis": DuelCase(
        (rows.CACHE_SET.key, *_LIST, *_ONE), (rows.CACHE_GET.key, _HEALTH, *_REPLY, _SAVED, _HITS, *_FAILED_REPLIES)
    ),
    "cache-bypassed": DuelCase((_SAVED,), (*_LIST, *_ONE, _FIRST, _TURN, _HITS)),  # a query instead of a GET: 1 ms
    "cold-cache": DuelCase((_SAVED, _HITS), (*_LIST, *_ONE, _FIRST, _TURN)),
    "blocked-loop": DuelCase((rows.PING.key, rows.ECHO.key, _FIRST, _ALL_API), (_TURN, _GAP, _HEALTH)),
    "slow-endpoint": DuelCase((rows.GET_CHANNELS.key,)),
    "slow-but-good": DuelCase((*_LIST, *_ONE, _PAGE, _HEALTH)),
    "rare-endpoint": DuelCase((rows.GET_CHANNELS.key,)),
    "slow-first-token": DuelCase((_FIRST,), (_TURN,)),
    "slow-gaps": DuelCase((_GAP, _TURN)),
    "long-replies": DuelCase((_GAP, _TURN)),
    "stall": DuelCase((_FAILED_TURNS,), (*_REPLY, *_FAILED_REPLIES)),
    "silence": DuelCase((_FAILED_TURNS,), (*_REPLY, *_FAILED_REPLIES)),
    "rare-silence": DuelCase((_FAILED_TURNS,), (*_REPLY, *_FAILED_REPLIES)),
    "error-in-stream": DuelCase((_FAILED_TURNS,), (*_REPLY, *_FAILED_REPLIES)),
    "error-after-reply": DuelCase((_FAILED_TURNS,), (*_REPLY, *_FAILED_REPLIES)),
    "disconnected": DuelCase((_FAILED_TURNS,), (*_REPLY, *_FAILED_REPLIES)),
    "rate-limited": DuelCase((_FAILED_TURNS,), (*_REPLY, *_FAILED_REPLIES)),
    "overloaded": DuelCase((_FAILED_TURNS,), (*_REPLY, *_FAILED_REPLIES)),
    "busy": DuelCase((_FAILED_TURNS,), (*_REPLY, *_FAILED_REPLIES)),
    "server-errors": DuelCase((f"failures of {rows.GET_CHANNELS.key}",)),
    "dropped-sockets": DuelCase((_FAILED_REPLIES[0],), (_ALL_CHAT,)),
    "refused-sockets": DuelCase(
        (), (_ALL_CHAT, *_FAILED_REPLIES)
    ),  # 20 users have about ten sockets, as many as it accepts
    "no-compression": _NOTHING,
    "broadcast": DuelCase((), (_ALL_CHAT, _ALL_GETS)),  # each reply goes to all sockets: the work grows with the users
    "lying-instrument": DuelCase((), (_SAVED,)),
    "lost-redis": DuelCase((), (_SAVED, *_CACHE, *_LIST, *_ONE, _HEALTH, *_REPLY, _HITS, "failures of *")),
    "long-keys": _NOTHING,
    "memory-growth": _NOTHING,
    "connection-leak": DuelCase((), (f"{rows.PROBE} *query", _PAGE)),  # each connection costs PostgreSQL a process
    "drop-index": DuelCase((), (rows.MESSAGE_PAGE_QUERY.key, _PAGE)),  # 5 000 messages are scanned in a millisecond
    "wrong-lifetime": _NOTHING,
    "no-invalidation": _NOTHING,
    "no-op-update": _NOTHING,
    "hidden-sessions": _NOTHING,
    "pool-exhausted": DuelCase((_ALL_GETS,), (_ALL_GETS, _ALL_CHAT, "failures of *")),
}

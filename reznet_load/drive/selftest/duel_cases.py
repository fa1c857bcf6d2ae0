"""What a duel must find for each fault of the matrix if only B has it: the rows that the fault affects, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

_TURN, _FIRST, _GAP = "CHAT agent turn", "CHAT first token", "CHAT chunk gap"
_REPLY = (_TURN, _FIRST, _GAP)
_FAILED_TURNS = "failures of CHAT agent turn"
_FAILED_REPLIES = ("failures of CHAT *",)
_LIST = ("GET /api/agents", "GET /api/channels")
_ONE = ("GET /api/agents/{id}", "GET /api/channels/{id}")
_PAGE = "GET /api/channels/{id}/messages"
_HEALTH = "GET /health"
_CACHE = ("PROBE cache GET", "PROBE cache SET")
_SAVED, _HITS = "PROBE agent list without query", "PROBE cache read"


@dataclass(frozen=True, slots=True)
class DuelCase:
    """The expected result for a fault of B. Rows are patterns over the names of a duel's figures.

    slower    one row of each pattern must be proven slower; every row of it may be
    may       may be slower: rows that the fault affects only sometimes, or by less than this time shows
    """

    slower: tuple[str, ...] = ()
    may: tuple[str, ...] = ()

    def allows(self, name: str) -> bool:
        """May this figure be slower?"""
        return any(fnmatchcase(name, one) for one in (*self.slower, *self.may))


_NOTHING = DuelCase()
# Case of the matrix -> the expected result. `{id}` has no meaning in a pattern; `[` and `?` occur in no row's name.
DUEL_CASES: dict[str, DuelCase] = {
    "healthy": _NOTHING,
    "slow-query": DuelCase(("PROBE agent list query",), ("GET /api/agents*", _SAVED)),
    # The probe's GET follows its SET, which has waited for Redis already.
    "slow-redis": DuelCase(
        ("PROBE cache SET", *_LIST, *_ONE), ("PROBE cache GET", _HEALTH, *_REPLY, _SAVED, _HITS, *_FAILED_REPLIES)
    ),
    "cache-bypassed": DuelCase((_SAVED,), (*_LIST, *_ONE, _FIRST, _TURN, _HITS)),  # a query instead of a GET: 1 ms
    "cold-cache": DuelCase((_SAVED, _HITS), (*_LIST, *_ONE, _FIRST, _TURN)),
    "blocked-loop": DuelCase(("CHAT ping", "CHAT echo", _FIRST, "GET /api/*"), (_TURN, _GAP, _HEALTH)),
    "slow-endpoint": DuelCase(("GET /api/channels",)),
    "slow-but-good": DuelCase((*_LIST, *_ONE, _PAGE, _HEALTH)),
    "rare-endpoint": DuelCase(("GET /api/channels",)),
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
    "server-errors": DuelCase(("failures of GET /api/channels",)),
    "dropped-sockets": DuelCase(("failures of CHAT *",), ("CHAT *",)),
    "refused-sockets": DuelCase(("failures of CHAT *",), ("CHAT *",)),
    "no-compression": _NOTHING,
    "broadcast": DuelCase((), ("CHAT *", "GET *")),  # each reply goes to all sockets: the work grows with the users
    "lying-instrument": DuelCase((), (_SAVED,)),
    "lost-redis": DuelCase((), (_SAVED, *_CACHE, *_LIST, *_ONE, _HEALTH, *_REPLY, _HITS, "failures of *")),
    "long-keys": _NOTHING,
    "memory-growth": _NOTHING,
    "connection-leak": DuelCase((), ("PROBE *query", _PAGE)),  # each connection costs PostgreSQL a process
    "drop-index": DuelCase((), ("PROBE message page query", _PAGE)),  # 5 000 messages are scanned in a millisecond
    "wrong-lifetime": _NOTHING,
    "no-invalidation": _NOTHING,
    "no-op-update": _NOTHING,
    "hidden-sessions": _NOTHING,
    "pool-exhausted": DuelCase(("GET *",), ("GET *", "CHAT *", "failures of *")),
}

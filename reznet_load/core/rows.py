"""The table of all rows: name, unit, owner, and what is timed or counted.

A new row is one line here. Its owner decides which tables of a document show it; no code tests for a name. Rows of many
names (`GET <path>`, `PROBE <provider> first byte`) are families: a pattern, and `of(...)` for one of them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from reznet_load.core.measured.named_row import (
    CHAT,
    COUNT,
    GAUGE,
    OF_GENERATOR,
    OF_SYSTEM,
    OF_USERS,
    PROBE,
    REST,
    SAMPLES_ONLY,
    NamedRow,
    RowFamily,
)

# REST calls of users, by the path's pattern.
GET_HEALTH = NamedRow("GET", "/health", "ms", OF_USERS, "the health call")
GET_AGENTS = NamedRow("GET", "/api/agents", "ms", OF_USERS, "the list of agents, which the backend caches")
GET_AGENT = NamedRow("GET", "/api/agents/{id}", "ms", OF_USERS, "one agent")
GET_CHANNELS = NamedRow("GET", "/api/channels", "ms", OF_USERS, "the list of channels")
GET_CHANNEL = NamedRow("GET", "/api/channels/{id}", "ms", OF_USERS, "one channel")
GET_MESSAGES = NamedRow("GET", "/api/channels/{id}/messages", "ms", OF_USERS, "a page of 50 messages, never cached")
POST_CHANNEL = NamedRow(
    "POST", "/api/channels", "ms", OF_USERS, "a user's own channel, made before the first message", at_arrival=True
)
ARRIVALS = RowFamily("GET", "{} (arrivals)", "ms", OF_USERS, "{} by callers who do not wait, from the intended start")

# The Socket.IO connection and chat.
CONNECT = NamedRow(CHAT, "connect", "ms", OF_USERS, "from the handshake to the namespace's answer", at_arrival=True)
PING = NamedRow(CHAT, "ping", "ms", OF_USERS, "ping to pong: the event loop and nothing else")
ECHO = NamedRow(CHAT, "echo", "ms", OF_USERS, "a message sent, to its own copy received")
AGENT_TURN = NamedRow(CHAT, "agent turn", "ms", OF_USERS, "a question sent, to the end of the whole reply")
SIMPLE_TURN = NamedRow(CHAT, "simple agent turn", "ms", OF_USERS, "the same of a short question with a short reply")
FIRST_TOKEN = NamedRow(CHAT, "first token", "ms", OF_USERS, "a question sent, to the reply's first text", part=True)
CHUNK_GAP = NamedRow(CHAT, "chunk gap", "ms", OF_USERS, "between two texts of a streamed reply", part=True)

# Backends that are not RezNet.
OPEN_CONNECTION = NamedRow(
    CHAT, "open connection", "ms", OF_USERS, "a connection for questions, with TLS where there is any"
)
REOPENED = NamedRow(
    COUNT, "connections reopened", "count", OF_USERS, "connections that were closed between two questions"
)
FIRST_REASONING = NamedRow(
    CHAT, "first reasoning", "ms", OF_USERS, "a question sent, to the first reasoning", part=True
)
TOOL_CALLS = NamedRow(COUNT, "tool calls", "count", OF_USERS, "calls of tools in a turn that had any")
TOOL_TIME = NamedRow(COUNT, "time in tools", "ms", OF_USERS, "from a call of a tool to what the reply went on with")
TOKENS_COUNTED = NamedRow(COUNT, "tokens counted", "tokens", OF_USERS, "tokens of a reply, as the backend counted them")
TOKENS_ASKED_COUNTED = NamedRow(
    COUNT, "tokens asked counted", "tokens", OF_USERS, "tokens that a reply was asked with, as the backend counted them"
)
TOKEN_RATE = NamedRow(COUNT, "token rate", "/s", OF_USERS, "tokens a second from the first text to the end of a reply")

# Turns of kinds that --mix has to name: they cost a backend more, or never come to an end, and have rows of their own.
LONG_TURN = NamedRow(CHAT, "long turn", "ms", OF_USERS, "a turn of a long conversation, whose whole history is sent")
LONG_FIRST_TOKEN = NamedRow(CHAT, "long first token", "ms", OF_USERS, "the first text of such a turn", part=True)
LONG_CHUNK_GAP = NamedRow(CHAT, "long chunk gap", "ms", OF_USERS, "between two texts of such a turn", part=True)
LONG_FIRST_BY = RowFamily(COUNT, "long first token, {}", "ms", OF_USERS, "the first text of a reply, of {}")
LEFT_TURN = NamedRow(CHAT, "left turn", "ms", OF_USERS, "a question sent, to the moment its user left in mid-stream")
LEFT_FIRST_TOKEN = NamedRow(CHAT, "left first token", "ms", OF_USERS, "the first text of such a turn", part=True)
LEFT_CHUNK_GAP = NamedRow(CHAT, "left chunk gap", "ms", OF_USERS, "between two texts of such a turn", part=True)
CHUNKS_BEFORE_LEAVING = NamedRow(COUNT, "chunks before leaving", "chunks", OF_USERS, "texts until its user left")
OVER_BEFORE_LEAVING = NamedRow(COUNT, "over before leaving", "ms", OF_USERS, "whole replies that were over before that")
STOP = NamedRow(CHAT, "stop", "ms", OF_USERS, "a user's stop, to the backend's answer")
LEFT_CALL = NamedRow(
    PROBE, "call after leaving", "ms", OF_SYSTEM, "a provider's call, from its user's leaving to its end"
)
LEFT_CALL_TOKENS = NamedRow(COUNT, "tokens after leaving", "tokens", OF_SYSTEM, "tokens of such a call after that")

# What a failed turn had received before it failed: shown, and judged only by a requirement that names it.
FAILED_GAP = NamedRow(COUNT, "chunk gap of failed turns", "ms", OF_USERS, "gaps in replies of turns that failed")
FAILED_REPLY = NamedRow(COUNT, "reply of failed turns", "ms", OF_USERS, "whole replies that an error followed")

# Once per reply.
REPLY_CHUNKS = NamedRow(COUNT, "reply chunks", "chunks", OF_USERS, "texts of a reply")
REPLY_CHUNK_RATE = NamedRow(COUNT, "reply chunk rate", "/s", OF_USERS, "texts a second while a reply streams")
REPLY_LARGEST_GAP = NamedRow(COUNT, "reply largest gap", "ms", OF_USERS, "the largest gap of a reply")
REPLY_STALLS = NamedRow(COUNT, "reply stalls", "count", OF_USERS, "gaps of a reply above 1 s")
REPLY_LENGTH = NamedRow(COUNT, "reply length", "characters", OF_USERS, "the whole text of a reply")
OWN_EVENTS = NamedRow(
    COUNT, "events of a turn", "count", OF_USERS, "events of a turn's own channel or reply, however it ended"
)
TOKENS_ASKED = NamedRow(
    COUNT,
    "tokens asked",
    "tokens",
    OF_USERS,
    "tokens of a question and the history sent with it, estimated from the text",
)
TOKENS_ANSWERED = NamedRow(COUNT, "tokens answered", "tokens", OF_USERS, "tokens of a reply, estimated from its text")

# Rounds of a kind of user: a journey, a message, or a question with all the answers that its user waited for. A record
# has the number of its user (within its process) in place of an error, so that times from the scheduled start can be
# computed when the run is judged (verdict/intended.py). The line that names the row says so, `"users": true`.
ROUND = RowFamily(COUNT, "{} round", "ms", OF_USERS, "what a user of kind {} waited for answers in one round")

# What the headers of a backend's answer say; `{}` is the REST row.
PROCESS_TIME = RowFamily(COUNT, "process time {}", "ms", OF_SYSTEM, "X-Process-Time of {}")
QUERY_COUNT = RowFamily(COUNT, "query count {}", "statements", OF_SYSTEM, "X-Query-Count of {}")

# A provider asked directly, while the load runs; `{}` is its name.
PROVIDER_FIRST_BYTE = RowFamily(PROBE, "{} first byte", "ms", OF_SYSTEM, "{} alone: question to the first byte")
PROVIDER_FIRST_TEXT = RowFamily(PROBE, "{} first text", "ms", OF_SYSTEM, "{} alone: question to the first text")
PROVIDER_REPLY = RowFamily(PROBE, "{} reply", "ms", OF_SYSTEM, "{} alone: question to the end of the reply")
PROVIDER_GAP = RowFamily(PROBE, "{} gap", "ms", OF_SYSTEM, "{} alone: between two texts of a reply")

# PostgreSQL and Redis, timed and read by the probes.
AGENT_LIST_QUERY = NamedRow(PROBE, "agent list query", "ms", OF_SYSTEM, "the agent list's statement")
MESSAGE_PAGE_QUERY = NamedRow(PROBE, "message page query", "ms", OF_SYSTEM, "the newest page of the busiest channel")
DEEP_PAGE_QUERY = NamedRow(
    PROBE, "deep page query", "ms", OF_SYSTEM, "the query for old messages, which skips the newest 2 000 of a channel"
)
QUERY_REDUCTION = NamedRow(PROBE, "agent list without query", "%", OF_SYSTEM, "agent lists that reached no database")
AGENT_LIST_STATEMENTS = NamedRow(GAUGE, "agent list statements", "statements", OF_SYSTEM, "agent lists PostgreSQL ran")
DB_CONNECTIONS = NamedRow(GAUGE, "database connections", "connections", OF_SYSTEM, "sessions of this database")
DB_ACTIVE = NamedRow(GAUGE, "database connections active", "connections", OF_SYSTEM, "sessions that run a statement")
DB_IDLE = NamedRow(GAUGE, "database connections idle", "connections", OF_SYSTEM, "sessions that wait for one")
DB_IDLE_IN_TRANSACTION = NamedRow(
    GAUGE, "database idle in transaction", "connections", OF_SYSTEM, "sessions that hold a transaction and do nothing"
)
DB_WAITING = NamedRow(GAUGE, "database waiting on locks", "connections", OF_SYSTEM, "sessions that wait for a lock")
DB_LONGEST_IDLE = NamedRow(
    GAUGE, "database longest idle in transaction", "ms", OF_SYSTEM, "the longest that holds a transaction"
)
DB_ELSEWHERE = NamedRow(
    GAUGE, "database connections elsewhere", "connections", OF_SYSTEM, "sessions of the server's other databases"
)
DB_TRANSACTIONS = NamedRow(
    GAUGE, "database transactions", "/s", OF_SYSTEM, "transactions that ended, without the probe's"
)
DB_BUFFER_HITS = NamedRow(GAUGE, "database buffer hits", "%", OF_SYSTEM, "pages that PostgreSQL had in its memory")
CACHE_READ = NamedRow(PROBE, "cache read", "%", OF_SYSTEM, "reads of the cache that were hits")
CACHE_GET = NamedRow(PROBE, "cache GET", "ms", OF_SYSTEM, "a GET of the probe's own key")
CACHE_SET = NamedRow(PROBE, "cache SET", "ms", OF_SYSTEM, "a SET of the probe's own key")
CACHE_MEMORY = NamedRow(GAUGE, "cache memory", "MB", OF_SYSTEM, "memory that Redis uses")
CACHE_KEYS = NamedRow(GAUGE, "cache keys", "keys", OF_SYSTEM, "keys in Redis")
CACHE_CLIENTS = NamedRow(GAUGE, "cache clients", "connections", OF_SYSTEM, "connections to Redis, without the probe's")
CACHE_EVICTIONS = NamedRow(GAUGE, "cache evictions", "keys", OF_SYSTEM, "keys evicted since the run's start")
CACHE_FRAGMENTATION = NamedRow(GAUGE, "cache fragmentation", "ratio", OF_SYSTEM, "resident over used memory of Redis")

# Processes under test; `{}` is one of PROCESSES.
PROCESSES = ("target", "postgres", "redis")
PROCESS_CPU = RowFamily(GAUGE, "{} cpu", "%", OF_SYSTEM, "CPU of {}, percent of one core")
PROCESS_MEMORY = RowFamily(GAUGE, "{} memory", "MB", OF_SYSTEM, "resident memory of {}")
PROCESS_THREADS = RowFamily(GAUGE, "{} threads", "threads", OF_SYSTEM, "threads of {}")
PROCESS_FILES = RowFamily(GAUGE, "{} open files", "files", OF_SYSTEM, "open files of {}")
PROCESS_SOCKETS = RowFamily(GAUGE, "{} sockets", "sockets", OF_SYSTEM, "open sockets of {}")
PROCESS_WAITING = RowFamily(GAUGE, "{} waiting for a core", "%", OF_SYSTEM, "time {} was ready to run and had no core")
TARGET_CPU, TARGET_MEMORY = PROCESS_CPU.of("target"), PROCESS_MEMORY.of("target")
TARGET_WAITING = PROCESS_WAITING.of("target")
POSTGRES_CPU, REDIS_CPU = PROCESS_CPU.of("postgres"), PROCESS_CPU.of("redis")
OF_PROCESSES = (PROCESS_CPU, PROCESS_MEMORY, PROCESS_THREADS, PROCESS_FILES, PROCESS_SOCKETS)
OF_TARGET = frozenset(family.of("target").key for family in (*OF_PROCESSES, PROCESS_WAITING))

# Metrics of a page that were chosen with --metric (core/measured/page_metric.py); `{}` is the metric, which decides the
# unit.
PAGE_METRIC = RowFamily(GAUGE, "metric {}", "value", OF_SYSTEM, "{} of the page of --prometheus, of a counter its rate")

# Processes of the generator, each of them.
LOOP_LAG = NamedRow(GAUGE, "loop lag", "ms", OF_GENERATOR, "how late a timer of 50 ms fired")
GENERATOR_CPU = NamedRow(GAUGE, "generator cpu", "%", OF_GENERATOR, "its CPU, percent of one core")
WAITING_FOR_CORE = NamedRow(GAUGE, "waiting for a core", "%", OF_GENERATOR, "time it was ready to run and had no core")
THROTTLED = NamedRow(GAUGE, "throttled", "%", OF_GENERATOR, "time that its container's CPU quota held it back")
CPU_QUOTA = NamedRow(GAUGE, "cpu quota", "%", OF_GENERATOR, "what its container may use, percent of one core")
GC_PAUSE = NamedRow(GAUGE, "gc pause", "ms", OF_GENERATOR, "a full garbage collection")
GC_WAITED = NamedRow(GAUGE, "gc without a core", "ms", OF_GENERATOR, "how long it had no core during one")
OPEN_FILES = NamedRow(GAUGE, "open files", "%", OF_GENERATOR, "its open files, of their limit")
RUNNING_USERS = NamedRow(GAUGE, "users", "users", OF_GENERATOR, "users that run")
TURNS_IN_FLIGHT = NamedRow(GAUGE, "turns in flight", "count", OF_GENERATOR, "questions without the end of their reply")
OPEN_SOCKETS = NamedRow(GAUGE, "sockets", "users", OF_GENERATOR, "Socket.IO connections that are open, one a user")
COMPRESSION = NamedRow(GAUGE, "compression negotiated", "%", OF_GENERATOR, "sockets with permessage-deflate")
PAYLOAD_SAVED = NamedRow(
    GAUGE, "payload saved", "%", OF_GENERATOR, "bytes that short keys save, of the events received"
)
WIRE_BYTES = NamedRow(GAUGE, "wire bytes", "count", OF_GENERATOR, "bytes received in a second")
PLAIN_BYTES = NamedRow(GAUGE, "plain bytes", "count", OF_GENERATOR, "the same bytes, decompressed")
EVENTS_RECEIVED = NamedRow(GAUGE, "events received", "count", OF_GENERATOR, "events received in a second")
LATE_START = NamedRow(GAUGE, "late start", "ms", OF_GENERATOR, "how late a user woke for its own schedule")
ARRIVAL_MISSED = NamedRow(GAUGE, "arrival missed", "%", OF_GENERATOR, "open arrivals started over 1 s late")
CLOCK_STEP = NamedRow(
    GAUGE, "clock step", "ms", OF_GENERATOR, "by how much its machine's wall clock was set, where it was"
)
CALIBRATION_ERROR = NamedRow(GAUGE, "calibration error", "ms", OF_GENERATOR, "what it adds to a known answer")

TABLE: dict[str, NamedRow] = {row.key: row for row in list(globals().values()) if isinstance(row, NamedRow)}
FAMILIES: tuple[RowFamily, ...] = tuple(found for found in list(globals().values()) if isinstance(found, RowFamily))
# Earlier name of a row -> its name now: applied to what is read from samples, results, history and nfr files.
ALIASES: dict[str, str] = {}


def current(key: str) -> str:
    """The present name of the row `key`."""
    return ALIASES.get(key, key)


@lru_cache(maxsize=4096)
def named(key: str) -> NamedRow:
    """The row `key`; for one that is not in the table (own locustfile, old run) its kind decides the owner.

    REST, chat and any other kind of request: users. Probes: the system. Gauges and counts: the process that wrote them.
    """
    kind, _, name = key.partition(" ")
    found = TABLE.get(key) or next((row for family in FAMILIES if (row := family.find(kind, name))), None)
    if found is not None:
        return found
    provider, _, counted = name.partition(" ")
    if kind == COUNT and (row := TABLE.get(f"{kind} {counted}")) is not None:
        return of_provider(row, provider)
    whose = {PROBE: OF_SYSTEM, GAUGE: OF_GENERATOR}.get(kind, OF_USERS)
    about = "a REST call" if kind in REST else "not in the table of rows"
    return NamedRow(kind, name, "count" if kind in SAMPLES_ONLY else "ms", whose, about)


def rest(method: str, path: str) -> NamedRow:
    """The row of a REST call; `path` is its pattern, `/api/agents/{id}`."""
    return named(f"{method} {path}")


def of_provider(row: NamedRow, provider: str) -> NamedRow:
    """The variant of a users' row for a `provider` asked directly: `COUNT anthropic reply chunks`."""
    return NamedRow(row.kind, f"{provider} {row.name}", row.unit, OF_SYSTEM, f"{row.about}, of {provider} alone")


def is_of_provider(key: str, provider: str) -> bool:
    """Was the row `key` timed on `provider` directly?"""
    return key.startswith(f"{PROBE} {provider} ")


def under(row: NamedRow, condition: str) -> NamedRow:
    """The variant of `row` under a `condition`: `PROBE anthropic first byte, simulated network mobile`; "": `row`
    itself.
    """
    return replace(row, name=f"{row.name}, {condition}", about=f"{row.about}, {condition}") if condition else row

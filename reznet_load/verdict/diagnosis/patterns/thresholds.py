"""Every number that a rule decides by, with its reason. Judgement where no measurement is named."""

# Fewer of anything are chance: one busy answer or one 429 is not a pattern.
FEWEST = 3
# Percent of questions. The error rate's limit is 5 %; below a fifth of that no requirement is at stake.
FAILED_SHARE = 1.0
# ms a ping may take: half of Tmin, the tightest limit of what users time (docs/measurement.md#void-runs).
LATE_PING = 50.0
# ms within which answers count as let go together: one turn of an event loop that hands out what it held back.
TOGETHER = 5.0
# Share of late pings let go together with another late answer, beyond what chance gives at the run's own rate. Blocked
# for 250 of 600 ms: 0.9 and more of them; late at random, as on a bad line: what chance gives.
TOGETHER_SHARE = 0.3
# The generator's own lag, p99, as a share of the pings' p95: below a quarter it cannot be what made them late. (From
# 50 ms on the run is void whatever the pings took.)
GENERATOR_SHARE = 0.25
# Sessions idle in transaction, as a share of all: handlers hold connections and wait for each other.
POOL_SHARE = 0.8
# Percent of a core: a backend that waits for connections does not compute.
IDLE_CPU = 20.0
# Percent of agent lists that came without a query. Cached for half an hour, 99 do; the requirement is 60.
UNCACHED = 20.0
# Agent lists and cache reads from which a share says something (the floor of shares in core/measured/measurement.py).
FEWEST_READS = 20
# Reads that Redis saw for each agent list that was asked for: a backend that looks into its cache reads once at least.
READS_A_LIST = 0.5
# Percent of hits: a cache that is looked into and holds next to nothing.
COLD_HITS = 50.0
# Seconds between a key's writing and the look at it.
LIFETIME_SLACK = 5
# Events a user receives for each that concerns it, and the same as a share of the users: delivered to all users it is
# as many as there are users, to readers of a channel about one (measured with 40 users on the embedded target: 35 and 1.0).
FAN_OUT, FAN_OUT_SHARE = 4.0, 0.25
# Share of the users' time that the provider alone takes: the larger part.
PROVIDER_SHARE = 50.0
# Replies of a provider asked alone that a mean needs: what a real key is asked for in a run.
FEWEST_REPLIES = 5
# Percent of sockets; browsers ask for compression always, and servers that offer it give it to all.
COMPRESSED = 10.0
# Statements that PostgreSQL counted for each request whose header said none: one each where nothing caches; a page cache
# that was filled before the judged phase leaves 0.1 and less, and its headers are right.
STATEMENTS_A_REQUEST = 0.25
# Percent of a core from which a loop has a queue of its own, standing still or not.
BUSY_CPU = 80.0
# Seconds without one answer, with operations waiting: far beyond any pause of a backend that works.
FROZEN = 10.0
# Percent of failures that fail a requirement alone: the error rate's shipped limit.
FAILING_SHARE = 5.0

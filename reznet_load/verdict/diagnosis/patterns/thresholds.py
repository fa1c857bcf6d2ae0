"""Every number that a rule decides by, with its reason. It is our judgement unless a measurement is named."""

# Fewer than this are chance: one busy answer or one 429 is not a pattern.
FEWEST = 3
# Percent of questions. The limit of the error rate is 5 %; below a fifth of that no requirement is at risk.
FAILED_SHARE = 1.0
# ms that a ping may take: half of Tmin, the tightest limit of what users time (docs/measurement.md#void-runs).
LATE_PING = 50.0
# ms within which answers count as released together: one iteration of an event loop that sends what it held back.
TOGETHER = 5.0
# Share of late pings released together with another late answer, beyond what chance gives at the run's own rate. For a
# loop blocked 250 of every 600 ms it is 0.9 or more; for randomly late pings, as on a bad line, it is what chance
# gives.
TOGETHER_SHARE = 0.3
# The generator's own lag, p99, as a share of the pings' p95: below a quarter it cannot have caused the late pings.
# (From 50 ms on the run is void whatever the pings took.)
GENERATOR_SHARE = 0.25
# Share of all sessions that are idle in transaction: handlers hold connections and wait for each other.
POOL_SHARE = 0.8
# Percent of a core: a backend that waits for connections does not compute.
IDLE_CPU = 20.0
# Percent of agent lists answered without a query. With a cache of half an hour it is 99; the requirement is 60.
UNCACHED = 20.0
# Fewest agent lists and cache reads for a share (the floor of shares in core/measured/measurement.py).
FEWEST_READS = 20
# Reads that Redis saw for each agent list requested: a backend that uses its cache reads at least once.
READS_A_LIST = 0.5
# Percent of hits: a cache that is read and contains almost nothing.
COLD_HITS = 50.0
# Seconds between writing a key and reading its lifetime.
LIFETIME_SLACK = 5
# Events a user receives for each that concerns it; and the same divided by the number of users. Delivered to all users
# it is the number of users, to readers of a channel about one (measured with 40 users on the embedded target: 35 and
# 1.0).
FAN_OUT, FAN_OUT_SHARE = 4.0, 0.25
# Percent of the users' time that the provider alone takes: the larger part.
PROVIDER_SHARE = 50.0
# Replies of a provider asked directly that a mean needs: as many as a run asks with a real key.
FEWEST_REPLIES = 5
# Percent of sockets; browsers always ask for compression, and servers that offer it give it to all.
COMPRESSED = 10.0
# Statements that PostgreSQL counted for each request whose header reported none. Without a cache it is one each; with a
# page cache filled before the judged phase it is 0.1 or less, and the headers are right.
STATEMENTS_A_REQUEST = 0.25
# Percent of a core from which a loop has a queue of its own, even if nothing blocks it.
BUSY_CPU = 80.0
# Seconds without any answer while operations wait: far longer than any pause of a working backend.
FROZEN = 10.0
# Percent of failures that alone fail a requirement: the default limit of the error rate.
FAILING_SHARE = 5.0

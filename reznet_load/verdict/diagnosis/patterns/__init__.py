"""Known patterns of trouble: causes, not symptoms. A rule is data with one predicate; a healthy run triggers none.

rule         what a rule is, and how a Finding is made from it
thresholds   every number in a predicate, with its reason
agents       patterns of agents and providers
sockets      patterns of the event loop and what it sends
storage      patterns of PostgreSQL and Redis
instruments  patterns of what the backend reports about itself
"""

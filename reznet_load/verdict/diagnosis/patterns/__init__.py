"""Known patterns of trouble: causes, not symptoms. A rule is data with one predicate; a healthy run triggers none.

rule       what a rule is, and how a Finding is made of it      thresholds   every number in a predicate, with its reason
agents     of agents and providers                              sockets      of the event loop and what it sends
storage    of PostgreSQL and Redis                              instruments  of what the backend says of itself
"""

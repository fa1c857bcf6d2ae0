"""What only RezNet's tables and keys tell: the parts that its dialect adds to the probes of PostgreSQL and Redis."""

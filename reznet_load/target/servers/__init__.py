"""The servers of the embedded target: PostgreSQL and Valkey, their schema and data, relays that can be cut."""

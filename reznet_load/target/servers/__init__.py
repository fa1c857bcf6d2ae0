"""The servers of the embedded target: PostgreSQL and Valkey, schema and data, and relays that can be cut off."""

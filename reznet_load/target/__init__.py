"""The embedded target: a RezNet-compatible backend, its servers and a simulated provider (extra `[target]`)."""

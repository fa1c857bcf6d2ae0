"""A RezNet-compatible backend, its servers and a provider simulator, as a process of its own (extra `[target]`)."""

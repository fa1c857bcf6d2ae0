"""A RezNet-compatible backend, its servers and a provider simulator, in a process of their own (extra `[target]`)."""

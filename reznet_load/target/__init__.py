"""Floor 6, its own process, extra [target]: a RezNet-compatible backend, its servers, a provider simulator."""

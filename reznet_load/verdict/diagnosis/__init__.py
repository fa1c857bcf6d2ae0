"""Which parts of the system took the time, and which known patterns of trouble were found, each with its evidence."""

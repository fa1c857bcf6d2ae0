"""What a master can take: a real one, with simulated workers."""

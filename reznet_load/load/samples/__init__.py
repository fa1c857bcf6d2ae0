"""What a process keeps of its measurements, and how that reaches the run folder."""

"""Master and workers: who joins with what, whose clock is where, who is away."""

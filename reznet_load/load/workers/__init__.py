"""Master and workers: which workers join, with what, where their clocks are, which are away."""

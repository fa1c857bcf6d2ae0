"""What a run may cost and has cost: prices, the maximum cost before the run, and the spending so far."""

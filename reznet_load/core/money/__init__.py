"""What a run may cost and has cost: prices, the forecast's bill, and what was spent so far."""

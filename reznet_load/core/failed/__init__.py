"""How an operation can fail, as values."""

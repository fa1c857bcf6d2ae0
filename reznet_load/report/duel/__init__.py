"""The documents of a duel."""

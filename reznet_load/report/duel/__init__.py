"""Writes the documents of a duel."""

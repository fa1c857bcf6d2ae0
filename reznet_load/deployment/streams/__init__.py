"""Backends that are not RezNet: which one it is, and one question to it before any load."""

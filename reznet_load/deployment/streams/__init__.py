"""Backends that are not RezNet: recognising them, and one question to them before any load."""

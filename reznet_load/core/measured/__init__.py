"""Measurements, their rows as records, and statistics."""

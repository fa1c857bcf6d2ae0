"""Kinds of failures of operations, as values."""

"""Compares two runs: requirements and rows, with the statistical test that decides which run is better."""

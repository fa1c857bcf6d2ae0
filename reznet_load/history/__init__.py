"""The history of runs and comparisons with earlier runs."""

"""Verdicts from Locust's own figures alone: rounded percentiles, counts, a mean, a smallest and a largest time."""

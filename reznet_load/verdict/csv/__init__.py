"""Verdicts where only Locust's own figures are left: rounded percentiles, counts, a mean, a smallest and a largest time."""

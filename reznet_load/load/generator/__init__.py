"""The generator watches itself: lag, CPU, and what it adds to a known answer."""

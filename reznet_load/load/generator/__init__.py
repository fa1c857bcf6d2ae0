"""The generator watches itself: lag, CPU, what it adds to a known answer; and how it ends before its time."""

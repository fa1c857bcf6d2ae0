"""What is judged in addition to the requirements: beyond the expected load, after a fault, over a long time."""

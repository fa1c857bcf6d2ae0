"""What is judged next to the requirements: beyond the expected load, after a fault, over a long time."""

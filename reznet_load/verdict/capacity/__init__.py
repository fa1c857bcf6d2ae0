"""The search for the most users that meet every requirement, and the evaluation of its steps."""

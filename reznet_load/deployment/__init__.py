"""The deployment apart from the load: what it is, what a run creates in it, and what remains there."""

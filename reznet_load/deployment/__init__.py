"""The deployment outside of the load: what it is, what a run makes in it, and what it leaves there."""

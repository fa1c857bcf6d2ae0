"""What is shown of a run while it is on, in Locust's web UI (flask)."""

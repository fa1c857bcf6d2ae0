"""Pages about a run in progress in Locust's web UI (flask)."""

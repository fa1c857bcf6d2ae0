"""Floor 3: Locust and gevent. Everything measured goes through `record`, everything received through `reactor`."""

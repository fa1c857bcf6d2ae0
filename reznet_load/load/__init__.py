"""Floor 5: Locust and gevent. Everything measured goes through `record`, everything received through `reactor`."""

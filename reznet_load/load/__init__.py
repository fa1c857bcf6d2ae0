"""Locust and gevent. Everything measured goes through `record`, everything received through `sockets.reactor`."""

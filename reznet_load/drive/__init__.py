"""Runs a load test as processes, without gevent: starts target and Locust, watches both, cleans up, starts the judging."""

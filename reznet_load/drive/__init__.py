"""Runs a load test as processes, without gevent: starts target and Locust, watches them, cleans up, has the run judged."""

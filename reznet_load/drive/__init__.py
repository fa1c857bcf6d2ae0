"""A run as processes, without gevent: starts target and Locust, watches them, cleans up, has it judged."""

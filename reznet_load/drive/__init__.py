"""Floor 7, without gevent: a run as processes. Starts target and Locust, watches them, cleans up, has it judged."""

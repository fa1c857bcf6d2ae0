"""Floor 6, with locust, gevent and flask: what is shown of a run while it is on."""

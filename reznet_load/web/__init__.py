"""Floor 4, with locust, gevent and flask: what is shown of a run while it is on."""

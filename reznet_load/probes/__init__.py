"""Floor 5: what is looked at from outside the load, in a process of its own. One driver a module; no locust, no gevent."""

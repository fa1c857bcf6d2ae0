"""What is looked at from outside the load, in a process of its own. One driver a module; no Locust, no gevent."""

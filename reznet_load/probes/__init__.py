"""Probes: measurements from outside the load, in a process of their own. One driver per module; no Locust, no gevent."""

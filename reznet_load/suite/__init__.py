"""The performance suite: `pytest --pyargs reznet_load.suite -m performance`. One user, no load, the same judge and
document.

It is a layer above `drive`, which starts the embedded target for it; it needs neither locust nor gevent.
"""

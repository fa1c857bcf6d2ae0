"""The performance suite: `pytest --pyargs reznet_load.suite -m performance`. One user, no load, the same judge and document.

Above `drive`, which starts the embedded target for it; no locust and no gevent.
"""

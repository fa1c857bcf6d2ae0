"""A locustfile whose generator is at its limit on purpose: the standard users, and something that blocks the loop."""

import time

import gevent
from locust import events

from locustfiles.load import *  # noqa: F403


@events.test_start.add_listener
def block(**_: object) -> None:
    """Block the loop for 150 of every 400 ms."""

    def hog() -> None:
        while True:
            until = time.perf_counter() + 0.15
            while time.perf_counter() < until:
                pass
            gevent.sleep(0.25)

    gevent.spawn(hog)

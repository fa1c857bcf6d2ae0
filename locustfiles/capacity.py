"""The most users that meet every requirement: doubling from 50, then bisection, 15 s to settle and 45 s to judge each."""

from reznet_load.core.profile import Plan
from reznet_load.load.scenario import scenario
from reznet_load.load.search import capacity

Shape = scenario("capacity", Plan(capacity, users=50, duration=45, ramp=15), without=["providers"], search=True)

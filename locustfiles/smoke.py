"""Does everything answer? 5 users, 15 s."""

from reznet_load.core.profile import Plan, steady
from reznet_load.load.scenario import scenario

Shape = scenario("smoke", Plan(steady, users=5, duration=15, ramp=2))

"""All users at once, set-up included: 50 users make their channels and connect in the same second."""

from reznet_load.core.profile import Plan, herd
from reznet_load.load.scenario import scenario

Shape = scenario("herd", Plan(herd, users=50, duration=60), gentle=False)

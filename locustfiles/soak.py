"""The expected load for half an hour: what leaks, and what gets slower."""

from reznet_load.core.profile import Plan, soak
from reznet_load.load.scenario import scenario

Shape = scenario("soak", Plan(soak, users=50, duration=1800, ramp=10))

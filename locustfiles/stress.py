"""Beyond the expected load and back: 50 → 100 → 200 → 50 users, 15 s to settle and 100 s to judge each."""

from reznet_load.core.profile import Plan, stress
from reznet_load.load.scenario import scenario

Shape = scenario("stress", Plan(stress, users=50, duration=100, ramp=15))

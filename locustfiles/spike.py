"""Four times as many users within 2 s for 25 s, and back: the recovery has 60 s, then it is judged."""

from reznet_load.core.profile import Plan, spike
from reznet_load.load.scenario import scenario

Shape = scenario("spike", Plan(spike, users=50, duration=60, ramp=10))

"""The standard load: 50 users, 60 s steady after a 10 s ramp. With 100 users it is the Phase 2 target."""

from reznet_load.core.profile import Plan, steady
from reznet_load.load.scenario import scenario

Shape = scenario("load", Plan(steady, users=50, duration=60, ramp=10))

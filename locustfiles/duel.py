"""Two deployments at the same time, the standard load on each: `reznet-load duel` starts it."""

from reznet_load.core.profile import Plan, steady
from reznet_load.load.scenario import scenario

Shape = scenario("duel", Plan(steady, users=50, duration=300, ramp=10), duel=True)

"""The standard load while one part after another is cut off and restored: `reznet-load failures` does the cutting."""

from reznet_load.core.profile import Plan, steady
from reznet_load.load.scenario import scenario

Shape = scenario("failures", Plan(steady, users=50, duration=330, ramp=10))

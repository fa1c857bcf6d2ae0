"""Interactive ramps in Locust's web UI, with the same users."""

from reznet_load.core.profile import Plan, steady
from reznet_load.load.scenario import scenario

scenario("web", Plan(steady, users=50, duration=60, ramp=10), interactive=True)

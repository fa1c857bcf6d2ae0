"""Interactive ramps in Locust's web UI, with the same users."""

from reznet_load.core.profile import Plan, steady
from reznet_load.load.scenario import scenario
from reznet_load.users import AgentUser, ChatUser, RestUser
from reznet_load.web.requirements import requirements_tab

PLAN = Plan(steady, users=50, duration=60, ramp=10)
USERS = [RestUser, ChatUser, AgentUser]
PROBES = ["processes", "postgres", "redis", "providers"]

requirements_tab()
scenario("web", PLAN, USERS, PROBES, interactive=True)

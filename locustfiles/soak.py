"""The expected load for half an hour: what leaks, and what gets slower."""

from reznet_load.core.profile import Plan, soak
from reznet_load.load.scenario import scenario
from reznet_load.users import AgentUser, ChatUser, RestUser
from reznet_load.web.requirements import requirements_tab

PLAN = Plan(soak, users=50, duration=1800, ramp=10)
USERS = [RestUser, ChatUser, AgentUser]
PROBES = ["processes", "postgres", "redis", "providers"]

requirements_tab()
Shape = scenario("soak", PLAN, USERS, PROBES)

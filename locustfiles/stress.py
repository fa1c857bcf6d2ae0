"""Beyond the expected load and back: 50 → 100 → 200 → 50 users, 15 s to settle and 100 s to judge each."""

from reznet_load.core.profile import Plan, stress
from reznet_load.load.scenario import scenario
from reznet_load.users import AgentUser, ChatUser, RestUser
from reznet_load.web.requirements import requirements_tab

PLAN = Plan(stress, users=50, duration=100, ramp=15)
USERS = [RestUser, ChatUser, AgentUser]
PROBES = ["processes", "postgres", "redis", "providers"]

requirements_tab()
Shape = scenario("stress", PLAN, USERS, PROBES)

"""Does everything answer? 5 users, 15 s."""

from reznet_load.core.profile import Plan, steady
from reznet_load.load.scenario import scenario
from reznet_load.users import AgentUser, ChatUser, RestUser
from reznet_load.web.requirements import requirements_tab

PLAN = Plan(steady, users=5, duration=15, ramp=2)
USERS = [RestUser, ChatUser, AgentUser]
PROBES = ["processes", "postgres", "redis", "providers"]

requirements_tab()
Shape = scenario("smoke", PLAN, USERS, PROBES)

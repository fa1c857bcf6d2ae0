"""The standard load: 50 users, 60 s steady after a 10 s ramp. With 100 users it is the Phase 2 target."""

from reznet_load.core.profile import Plan, steady
from reznet_load.load.scenario import scenario
from reznet_load.users import AgentUser, ChatUser, RestUser
from reznet_load.web.requirements import requirements_tab

PLAN = Plan(steady, users=50, duration=60, ramp=10)
USERS = [RestUser, ChatUser, AgentUser]
PROBES = ["processes", "postgres", "redis", "providers"]

requirements_tab()
Shape = scenario("load", PLAN, USERS, PROBES)

"""The standard load while one part after another is cut off and given back: `reznet-load failures` does the cutting."""

from reznet_load.core.profile import Plan, steady
from reznet_load.load.scenario import scenario
from reznet_load.users import AgentUser, ChatUser, RestUser
from reznet_load.web.requirements import requirements_tab

PLAN = Plan(steady, users=50, duration=330, ramp=10)
USERS = [RestUser, ChatUser, AgentUser]
PROBES = ["processes", "postgres", "redis", "providers"]

requirements_tab()
Shape = scenario("failures", PLAN, USERS, PROBES)

"""Four times as many users within 2 s for 25 s, and back: the recovery has 60 s, then it is judged."""

from reznet_load.core.profile import Plan, spike
from reznet_load.load.scenario import scenario
from reznet_load.users import AgentUser, ChatUser, RestUser
from reznet_load.web.requirements import requirements_tab

PLAN = Plan(spike, users=50, duration=60, ramp=10)
USERS = [RestUser, ChatUser, AgentUser]
PROBES = ["processes", "postgres", "redis", "providers"]

requirements_tab()
Shape = scenario("spike", PLAN, USERS, PROBES)

"""The most users that meet every requirement: doubling from 50, then bisection, 15 s to settle and 45 s to judge each."""

from reznet_load.core.profile import Plan
from reznet_load.load.scenario import scenario
from reznet_load.load.search import capacity
from reznet_load.users import AgentUser, ChatUser, RestUser
from reznet_load.web.requirements import requirements_tab

PLAN = Plan(capacity, users=50, duration=45, ramp=15)
USERS = [RestUser, ChatUser, AgentUser]
PROBES = ["processes", "postgres", "redis"]

requirements_tab()
Shape = scenario("capacity", PLAN, USERS, PROBES, search=True)

"""Everybody at once, set-up included: 50 users make their channels and connect in the same second."""

from reznet_load.core.profile import Plan, herd
from reznet_load.load.scenario import scenario
from reznet_load.users import AgentUser, ChatUser, RestUser
from reznet_load.web.requirements import requirements_tab

PLAN = Plan(herd, users=50, duration=60)
USERS = [RestUser, ChatUser, AgentUser]
PROBES = ["processes", "postgres", "redis", "providers"]

requirements_tab()
Shape = scenario("herd", PLAN, USERS, PROBES, gentle=False)

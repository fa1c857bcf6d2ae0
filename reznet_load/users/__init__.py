"""Floor 6: who uses the backend. One file a kind of user; a locustfile lists the classes it wants."""

from reznet_load.users.agent import AgentUser
from reznet_load.users.chat import ChatUser
from reznet_load.users.rest import RestUser

__all__ = ["AgentUser", "ChatUser", "RestUser"]

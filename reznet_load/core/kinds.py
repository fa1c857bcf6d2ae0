"""The table of kinds of users, the only list of kinds. A new kind is its file in `users/` and its row here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reznet_load.core.rows import AGENT_TURN, ECHO, LEFT_TURN, LONG_TURN, PING

# What a kind needs of the deployment.
CHANNEL = "channel"  # one of its own for each user, created before the first user starts
AGENTS = "agents"  # it sends questions to agents: they may cost money, and an agent may be busy
BROWSE = "browse"  # the kind whose calls a dialect lists: it exists only for dialects that do


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of user.

    name     in --mix, --think, and in `needs` of nfr.toml
    user     its class as `package.module:class`, imported only where users run; empty: RezNet has nothing for it
    share    how many of fifty users in the default mix; 0: only if --mix names it
    think    think times: what each follows, and its default in seconds, in the order of --think
    needs    CHANNEL, AGENTS
    absent   why a requirement of this kind is Pending if the mix has none of its users
    answers  seconds that the answers of one round take, if think times are pauses between answers; 0 if the think times
             are the whole time from one start to the next
    pause    seconds per round that its user pauses in addition to the think times, on average
    stream_user  the class for backends that are not RezNet; empty: this kind does not exist there
    waits    shell patterns of the rows in which its users wait for an answer, one at a time
    history  answered questions that are sent along with a question, on average, if a backend is sent whole
             conversations
    refused  why `user` or `stream_user` is empty, and what to name in its place
    """

    name: str
    user: str
    share: int
    think: tuple[tuple[str, float], ...]
    needs: tuple[str, ...]
    absent: str
    answers: float = 0.0
    pause: float = 0.0
    waits: tuple[str, ...] = ()
    stream_user: str = ""
    refused: str = ""
    history: float = 0.0

    @property
    def classes(self) -> tuple[str, ...]:
        """The class for RezNet, and the class for other backends, as far as they exist."""
        return tuple(user for user in (self.user, self.stream_user) if user)

    @property
    def think_seconds(self) -> tuple[float, ...]:
        """The default think times, s."""
        return tuple(seconds for _, seconds in self.think)


_ROWS = (
    Kind(
        name="rest",
        user="reznet_load.users.rest:RestUser",
        share=24,
        think=(("agents", 0.5), ("channels", 0.5), ("messages", 2.0), ("health", 1.0)),
        needs=(),
        absent="no REST users in this run's mix",
        answers=0.35,  # six answers; with 4 s of think times a round starts every 4.35 s
        waits=("GET *", "POST *", "PUT *", "PATCH *", "DELETE *"),
        refused="rest reads RezNet's lists of agents, channels and messages, which this backend does not have",
    ),
    Kind(
        name="chat",
        user="reznet_load.users.chat:ChatUser",
        share=12,
        think=(("start", 2.5),),
        needs=(CHANNEL,),
        absent="no chat users in this run's mix",
        pause=0.4,  # typing takes 0.2 to 0.6 s
        waits=(PING.key, ECHO.key),
        refused="chat waits for the echo of a message in a channel, which this backend does not have",
    ),
    Kind(
        name="agent",
        user="reznet_load.users.agent:AgentUser",
        share=14,
        think=(("start", 4.2),),
        needs=(CHANNEL, AGENTS),
        absent="no agent users in this run's mix",
        pause=0.5,  # waits this long for an error after the reply
        waits=(AGENT_TURN.key,),
        stream_user="reznet_load.users.stream_agent:StreamAgentUser",
        history=2.5,  # of six questions
    ),
    Kind(
        name="long",
        user="",
        share=0,
        think=(("start", 4.2),),
        needs=(AGENTS,),
        absent="no users with long conversations in this run (--mix long=N,…)",
        pause=0.5,
        waits=(LONG_TURN.key,),
        stream_user="reznet_load.users.long:LongUser",
        history=9.5,  # of twenty questions
        refused="long is a conversation whose history is sent with each question; RezNet keeps the history itself, and each "
        "agent user already stays in one channel for the whole run: use agent",
    ),
    Kind(
        name="impatient",
        user="",
        share=0,
        think=(("start", 4.2),),
        needs=(AGENTS,),
        absent="no users who leave in mid-stream in this run (--mix impatient=N,…)",
        pause=0.5,
        waits=(LEFT_TURN.key,),
        stream_user="reznet_load.users.impatient:ImpatientUser",
        refused="impatient users leave a reply that is an answer over HTTP; RezNet has no call to stop a reply",
    ),
    Kind(
        name=BROWSE,
        user="",
        share=0,
        think=(("start", 10.0),),
        needs=(),
        absent="no users who browse in this run (--mix browse=N,…)",
        waits=("GET *",),
        stream_user="reznet_load.users.browse:BrowseUser",
        refused="browse makes the calls that a dialect lists; RezNet's are made by rest users: use rest",
    ),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ROWS}


def shipped_mix() -> dict[str, int]:
    """How many of fifty users are of each kind."""
    return {kind.name: kind.share for kind in KINDS.values()}


def kinds_of_reznet() -> list[str]:
    """The names of the kinds that RezNet has something for."""
    return [kind.name for kind in KINDS.values() if kind.user]


def kinds_of_others(browses: bool) -> list[str]:
    """Those of any other backend; `browses`: does its dialect list calls for BROWSE?"""
    return [kind.name for kind in KINDS.values() if kind.stream_user and (browses or kind.name != BROWSE)]


def with_need(need: str) -> list[str]:
    """The names of the kinds that need `need`."""
    return [kind.name for kind in KINDS.values() if need in kind.needs]


def users_with(mix: Mapping[str, int], need: str) -> int:
    """Users of `mix` whose kind needs `need`."""
    return sum(mix.get(name, 0) for name in with_need(need))

"""The differences between the generations of RezNet, as records. Code of the target reads them, never a version's name."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from reznet_load.dialects import reznet
from reznet_load.dialects.every import EVERY
from reznet_load.dialects.reznet import RezNet
from reznet_load.dialects.reznet_places import EventNames

_CONTRACT = {
    field: name for name, field in asdict(EventNames()).items()
}  # the contract's name of an event -> the field of EventNames


@dataclass(frozen=True, slots=True)
class Generation:
    """The behaviour of a generation; `speaks` is the dialect with its events, paths and cache keys.

    agent_mark        first characters of the name of an agent
    created           HTTP status of an answer to a call that created something
    refuses_under     JSON key of the text of a refusal
    namespaces        namespaces of Socket.IO that receive every event
    warms             True: lists and channels are cached at the start
    writes_unchanged  True: an update that changes nothing is written to the database
    counts            True: the backend reports its own figures
    reports_servers   True: the health call says which servers answer
    orchestrates      True: a text that names no agent goes to the orchestrator, or in a direct channel to its agent
    answers_whole     True: the orchestrator does not stream its replies
    names_question    True: a reply names the message that it answers
    ends_first        True: the last chunk comes before the event with the whole text
    shortens          True: all payloads have short keys; False: only chunks have short keys
    copies            number of copies of each event in a batch
    """

    speaks: RezNet
    agent_mark: str = ""
    created: int = 201
    refuses_under: str = "error"
    namespaces: tuple[str, ...] = ("/",)
    warms: bool = False
    writes_unchanged: bool = True
    counts: bool = False
    reports_servers: bool = True
    orchestrates: bool = False
    answers_whole: bool = False
    names_question: bool = True
    ends_first: bool = False
    shortens: bool = False
    copies: int = 1

    def event(self, name: str) -> str:
        """The generation's name for the contract's event `name`."""
        field = _CONTRACT.get(name)
        return getattr(self.speaks.events, field) if field else name


_V1 = Generation(
    reznet.V1,
    agent_mark="@",
    created=200,
    refuses_under="detail",
    namespaces=("/", "/ws"),
    warms=True,
    writes_unchanged=False,
    counts=True,
    reports_servers=False,
    orchestrates=True,
    answers_whole=True,
    names_question=False,
    ends_first=True,
    shortens=True,
    copies=2,
)
# Name of a dialect -> its generation. A dialect without its own record behaves like v2, with the names of the dialect.
GENERATIONS = {speaks.name: Generation(speaks) for speaks in EVERY} | {_V1.speaks.name: _V1}

"""How the generations of the contract differ, as records: code of the target asks its record, never a version's name."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from reznet_load.dialects import reznet
from reznet_load.dialects.every import EVERY
from reznet_load.dialects.reznet import RezNet
from reznet_load.dialects.reznet_places import EventNames

_CONTRACT = {field: name for name, field in asdict(EventNames()).items()}  # the contract's event -> what it is


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation's behaviour; its dialect has its events, paths and cache keys.

    agent_mark        first characters of an agent's name
    created           status of an answer to a call that created something
    refuses_under     key of the text of a refusal
    namespaces        of Socket.IO that receive everything
    warms             lists and channels are cached at start
    writes_unchanged  an update that changes nothing is written
    counts            it answers with figures of its own
    reports_servers   health says which servers answer
    orchestrates      a text that names no agent goes to the orchestrator, one in a direct channel to its agent
    answers_whole     the orchestrator does not stream
    names_question    a reply names the message it answers
    ends_first        the last chunk comes before the whole text
    shortens          payloads have short keys; else only chunks
    copies            of each event in a batch
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
# Dialect -> the generation that speaks it. A dialect without a record of its own behaves like v2, with its own names.
GENERATIONS = {speaks.name: Generation(speaks) for speaks in EVERY} | {_V1.speaks.name: _V1}

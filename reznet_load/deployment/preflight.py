"""Questions to a deployment before the first user: may we load it, which dialect does it speak, which backend answers?"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from reznet_load.core.errors import TargetError
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.foreign_text import safe
from reznet_load.deployment import configured_providers, moved_paths
from reznet_load.deployment.api import Api, HttpAnswer
from reznet_load.deployment.configured_providers import AgentModel
from reznet_load.deployment.streams.recognise import needs_login, unrecognised
from reznet_load.dialects.common import Backend
from reznet_load.dialects.every import EVERY, by_name
from reznet_load.dialects.reznet import RezNet


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment reports about itself. `agents` by name; `simulated`: its provider costs nothing.

    `one_at_a_time` None: it does not say whether an agent answers one message at a time. `models` its agents use, and
    the most tokens one of them may answer with (0: it does not say). Without `simulated` it is not known whether it is
    real. `moved`: name of a path -> where the deployment redirects it to. `backend` if it is not RezNet.
    """

    dialect: str
    agents: tuple[str, ...]
    commit: str = ""
    provider: str = ""
    simulated: bool = False
    one_at_a_time: bool | None = None
    models: tuple[AgentModel, ...] = ()
    most_tokens: int = 0
    facts: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    backend: Backend | None = None

    @property
    def speaks(self) -> RezNet | Backend:
        """Its dialect; for RezNet with the paths that redirects have moved."""
        return self.backend or by_name(self.dialect, self.moved)


def inspect(settings: Settings, account: dict | None = None) -> Deployment:
    """Ask the deployment what it is: at most twelve calls and their redirects. Raises TargetError if it is not a RezNet
    backend.
    """
    api = Api(settings, account=account, patient=True)
    dialect, health = _recognised(api)
    moved = moved_paths.find(api, dialect)
    dialect = by_name(dialect.name, moved)
    agents = api.call("GET", dialect.paths.agents)
    if not agents.ok or not isinstance(agents.body, list):
        raise TargetError(
            f"GET {settings.host}{urlsplit(dialect.paths.agents).path} answered {agents.said}, "
            f"expected a list of agents{needs_login(agents)}"
        )
    names = tuple(str(agent.get("name", "")) for agent in agents.body if isinstance(agent, dict))
    llm = configured_providers.read(_optional(api, dialect.paths.provider), agents.body)
    configs = [c for agent in agents.body if isinstance(agent, dict) and isinstance(c := agent.get("config"), dict)]
    body = health.body if isinstance(health.body, dict) else {}
    return Deployment(
        dialect=dialect.name,
        moved=moved,
        agents=names,
        commit=safe(body.get("commit") or body.get("git_sha") or "", 80),
        provider=safe(llm.name, 80),
        simulated=llm.simulated,
        one_at_a_time=llm.one_at_a_time,
        models=llm.models,
        most_tokens=max(
            (int(n) for config in configs if isinstance(n := config.get("max_tokens"), int | float)), default=0
        ),
        facts={key: safe(body[key], 200) for key in ("status", "version", "service") if key in body},
    )


def _recognised(api: Api) -> tuple[RezNet, HttpAnswer]:
    """The dialect whose health check exists, and its answer; each dialect answers 404 to the others'."""
    for dialect in EVERY:
        path = dialect.paths.health
        _, answer = moved_paths.follow(api, path)
        if answer.status not in (404, 405):
            if answer.ok:
                return dialect, answer
            raise TargetError(
                f"GET {api.host}{path} answered {answer.said}{needs_login(answer) or '; the backend is not healthy'}"
            )
    raise unrecognised(api.host, [dialect.paths.health for dialect in EVERY])


def _optional(api: Api, path: str) -> dict:
    """A call that some versions lack or fail: never a fault of the run."""
    try:
        answer = api.call("GET", path)
    except TargetError:
        return {}
    return answer.body if answer.ok and isinstance(answer.body, dict) else {}

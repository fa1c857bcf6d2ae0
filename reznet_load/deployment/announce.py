"""Lines that say, before the first user, what a run will drive, create and may cost."""

from __future__ import annotations

from reznet_load.core.kinds import AGENTS, CHANNEL, users_with
from reznet_load.core.run import RunInfo
from reznet_load.core.settings.networks import NETWORKS
from reznet_load.core.settings.settings import Settings
from reznet_load.core.text.foreign_text import safe
from reznet_load.core.units import format_value
from reznet_load.deployment.forecast import FREE, questions
from reznet_load.deployment.preflight import Deployment
from reznet_load.deployment.prepare import Prepared
from reznet_load.dialects.every import by_name

_HERD = "herd"
_SEARCH = "capacity"  # the scenario whose number of users is known only at its end


def busy_share(users: int, agents: int, reply: float, period: float) -> float:
    """Share of questions that find their agent busy if each of `agents` answers one at a time, 0..1.

    Engset's call congestion of one server with `users`/`agents` sources, each asking every `period` seconds for `reply`
    seconds.
    """
    sources = users / max(agents, 1)
    if sources <= 1:
        return 0.0
    load = (sources - 1) * reply / max(period - reply, 0.1)
    return load / (1 + load)


def announce(prepared: Prepared, settings: Settings, judged: float = 0.0) -> list[str]:
    """Lines that say, before the first user, what the run will drive, create and may cost; `judged`: seconds, 0: not known."""
    info, deployment = prepared.info, prepared.deployment
    mix = ", ".join(f"{users} of kind {kind}" for kind, users in info.mix.items() if users)
    searching = ", doubled while they meet every requirement," if info.scenario == _SEARCH else ""
    lines = [
        f"{info.scenario}: {info.users} users ({mix}){searching} "
        + ("until Stop " if info.scenario == "web" else f"for {info.duration:.0f} s{_of_which(judged, info.duration)} ")
        + f"against {info.host} (dialect {info.deployment.dialect})",
        _leaves(prepared),
        *(
            f"GET {was.partition('?')[0]} is redirected to {path.partition('?')[0]} of the same host: "
            "users request that path directly"
            for was, path in _moved(deployment)
        ),
        *_at_once(info),
        *cost_lines(prepared, settings),
        *(
            f"simulated network {name}: providers are asked over it too, {NETWORKS[name].text}"
            for name in settings.networks
        ),
    ]
    lines += [f"alongside them {settings.arrivals.text}"] if settings.arrivals.rate else []
    if not info.deployment.is_reznet:
        return lines
    askers = users_with(info.mix, AGENTS)
    agents = len(deployment.agents)
    if askers > agents and deployment.one_at_a_time is not False:
        period = askers / questions(settings, info.mix)
        low, high = (busy_share(askers, agents, reply, period) for reply in (1.0, 3.0))
        share = f"{100 * low:.0f} % of the questions fail as busy if a reply takes 1 s, and {100 * high:.0f} % if it takes 3 s"
        most = f"up to {100 * high:.0f} % of the questions will fail as busy"
        lines.append(
            f"{askers} agent users share {agents} agents. "
            + (
                f"An agent answers one question at a time, so {share}."
                if deployment.one_at_a_time
                else f"If an agent of this backend answers only one question at a time, {most}. "
                "The end of the run says whether that happened."
            )
        )
    return lines


def _of_which(judged: float, duration: float) -> str:
    """` (60 s of them judged)`, where that is known before and is not all of it."""
    return f" ({judged:.0f} s of them judged)" if 0 < judged < duration else ""


def _leaves(prepared: Prepared) -> str:
    """What it creates in the deployment, and where its own files are."""
    if not prepared.info.deployment.is_reznet:
        return f"creates nothing in the backend that it could remove; run folder {prepared.folder}"
    channels = users_with(prepared.info.mix, CHANNEL)
    return f"creates {channels} channels of its own, removed at the end; run folder {prepared.folder}"


def _moved(deployment: Deployment) -> list[tuple[str, str]]:
    """(path in the dialect, its place in this deployment)."""
    if not deployment.moved:
        return []
    paths = by_name(deployment.dialect).paths
    return [(getattr(paths, name), safe(path, 200)) for name, path in deployment.moved.items()]


def _at_once(info: RunInfo) -> list[str]:
    """A warning for a herd, which sends set-up calls at once. Measured with a v1 with 30 database connections: 26 calls
    at once were answered, 50 froze it permanently.
    """
    calls = users_with(info.mix, CHANNEL)
    if info.scenario != _HERD or not calls:
        return []
    return [
        f"all {info.users} users arrive in the same second, and {calls} of them make a channel each at that moment: a backend "
        f"with fewer database connections than {calls} may freeze (--mix 0:0:50 makes 50)"
    ]


def cost_lines(prepared: Prepared, settings: Settings) -> list[str]:
    """The cost of the run, item by item, and its limit; or why nothing is paid."""
    deployment, paid = prepared.deployment, prepared.bill
    lines = [f"cost: {item.text}" for item in paid.items]
    if paid.items:
        limit = (
            "no limit" if paid.limit is None else f"paid requests stop at --max-cost {format_value(paid.limit, 'USD')}"
        )
        more = ", and more with more users" if prepared.info.scenario == _SEARCH else ""
        most = "unknown" if paid.usd is None else format_value(paid.usd, "USD")
        return [*lines, f"cost: up to {most} in all{more}; {limit}"]
    if deployment.simulated:
        name = prepared.info.deployment.provider
        return [f"provider: {name} (simulated), no cost" if name else "provider: simulated, no cost"]
    if settings.backend_provider == FREE:
        return ["provider: free (--backend-provider free), no cost"]
    if not users_with(prepared.info.mix, AGENTS):
        return ["no agent is asked: no provider cost"]
    turns = questions(settings, prepared.info.mix) * prepared.info.duration
    return [
        f"provider: unknown; about {turns:.0f} agent replies may be paid for by the backend's own key, and no limit is "
        "enforced: name it with --backend-provider PROVIDER=MODEL"
    ]

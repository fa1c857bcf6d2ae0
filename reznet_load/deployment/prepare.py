"""From settings to a run that may start: every error in them is found here, before the first user."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reznet_load import __version__
from reznet_load.core import folder as run_folder
from reznet_load.core.deployment import REAL, SIMULATED, UNVERIFIED, VERIFIED, DeploymentFacts
from reznet_load.core.errors import ConfigError
from reznet_load.core.kinds import AGENTS, BROWSE, KINDS, with_need
from reznet_load.core.measured.page_units import check_units
from reznet_load.core.money.bill import Bill, to_data
from reznet_load.core.money.prices import read_prices
from reznet_load.core.money.question import SUITE_TURNS
from reznet_load.core.nfr import load_requirements, shipped_requirements
from reznet_load.core.profile import Profile
from reznet_load.core.run import SEARCH, SUITE, Caution, RunInfo
from reznet_load.core.settings.accounts import read_accounts
from reznet_load.core.settings.settings import Settings
from reznet_load.core.system import clock, machine
from reznet_load.core.system.resources import resource
from reznet_load.core.text.foreign_text import safe
from reznet_load.core.text.secrets import SHORTEST, is_secret_name, mask_text, mask_url
from reznet_load.deployment.addresses import check_host, check_urls
from reznet_load.deployment.api import check_file
from reznet_load.deployment.forecast import FREE, backend, bill
from reznet_load.deployment.preflight import Deployment, inspect
from reznet_load.deployment.streams import first_question
from reznet_load.deployment.streams.sign_in import accounts_of
from reznet_load.deployment.tls import tls_context

_AMBIENT_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "WS_PROXY", "WSS_PROXY")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that may start: its folder with `run.json`, what the deployment is, what it may cost, its accounts."""

    folder: Path
    info: RunInfo
    deployment: Deployment
    bill: Bill
    accounts: tuple[dict[str, Any], ...] = ()


def share(mix: dict[str, int], users: int) -> dict[str, int]:
    """`users` divided over the kinds of `mix` by weight, largest remainders first; they add up to `users`."""
    total = sum(mix.values())
    exact = {kind: users * weight / total for kind, weight in mix.items()}
    dealt = {kind: int(value) for kind, value in exact.items()}
    for kind in sorted(exact, key=lambda kind: dealt[kind] - exact[kind])[: users - sum(dealt.values())]:
        dealt[kind] += 1
    return dealt


def check(settings: Settings) -> None:
    """Check the files, certificates, requirements and templates that the settings name. Raises ConfigError."""
    check_file(settings.prompts, "--prompts")
    check_file(settings.nfr, "--nfr")
    read_prices(resource("prices.toml"), Path(settings.prices) if settings.prices else None)
    read_accounts(settings.accounts)
    tls_context(settings)
    check_urls(settings)
    if settings.networks and settings.host and not settings.providers:
        raise ConfigError(
            "--network: no provider is asked alone in this run; name one with --model anthropic=NAME or openai=NAME"
        )
    nfr = Path(settings.nfr) if settings.nfr else None
    check_units(load_requirements(shipped_requirements(settings.drives_reznet), nfr).nfrs, settings.metric)


def prepare(
    settings: Settings,
    scenario: str,
    profile: Profile,
    command: str,
    doubt: str = "",
    duel: Path | None = None,
    side: str = "",
) -> Prepared:
    """Check everything, ask the deployment what it is, create the run folder. Raises ConfigError and TargetError.

    duel, side    the folder of the duel that this run belongs to, and the name of its side
    """
    check(settings)
    check_host(settings)
    accounts = accounts_of(settings, profile.peak, scenario == SEARCH)
    look = inspect if settings.drives_reznet else first_question.inspect
    deployment = look(settings, accounts[0] if accounts else None)
    commit, facts = machine.commit(resource("nfr.toml").parent), _facts(settings, deployment)
    mix = share(settings.mix, profile.peak)
    paid = _bill(settings, deployment, scenario, profile, mix)
    paid.check()
    target = settings.target or urlsplit(settings.host).hostname or "unnamed"
    if duel is None:
        folder = run_folder.create(run_folder.home_of(Path(settings.reports), target), scenario, commit)
    else:
        folder = run_folder.create_side(duel, side)
    _copy_requirements(settings, folder)
    info = RunInfo(
        id=folder.name if duel is None else f"{duel.name}.{side}",
        scenario=scenario,
        started=run_folder.now(),
        clock=clock.anchor_data(),
        host=mask_url(settings.host),
        target=target,
        users=profile.peak,
        command=mask_text(command, settings.secrets()),
        deployment=facts,
        duration=profile.duration,
        mix=mix,
        rooms={kind: settings.room(kind) - _pauses(kind, deployment) for kind in KINDS if mix.get(kind)},
        has=tuple(kind for kind in KINDS if mix.get(kind)),
        versions=_versions(),
        commit=commit,
        environment=machine.environment(),
        fingerprint=machine.fingerprint(
            target, deployment.dialect, _requirements(folder), settings.target_options, ", ".join(facts.models)
        ),
        strict=settings.strict,
        cautions=_short_secrets(settings),
        notes=_notes(settings, facts) | ({"left in doubt": doubt} if doubt else {}),
        cost=to_data(paid),
    )
    run_folder.write_info(folder, info)
    return Prepared(folder, info, deployment, paid, accounts)


def _pauses(kind: str, deployment: Deployment) -> float:
    """Seconds of a round in which its user reads what a call answered, if the dialect says how long."""
    return sum(page.pause for page in deployment.backend.browse) if kind == BROWSE and deployment.backend else 0.0


def _bill(settings: Settings, deployment: Deployment, scenario: str, profile: Profile, mix: dict[str, int]) -> Bill:
    """The bill. The suite's one user asks a known number of times; the web UI runs until Stop."""
    if scenario == SUITE:
        seconds = SUITE_TURNS * max((settings.period(kind) for kind in with_need(AGENTS) if mix.get(kind)), default=0.0)
    else:
        seconds = 0.0 if scenario == "web" else profile.duration
    return bill(settings, deployment, mix, seconds)


def _copy_requirements(settings: Settings, folder: Path) -> None:
    (folder / "nfr.toml").write_bytes(shipped_requirements(settings.drives_reznet).read_bytes())
    if settings.nfr:
        (folder / "nfr.overlay.toml").write_bytes(Path(settings.nfr).read_bytes())


def _requirements(folder: Path) -> bytes:
    """What the run is judged by: a file merged into nfr.toml may name other rows and statistics."""
    files = [folder / "nfr.toml", folder / "nfr.overlay.toml"]
    return b"".join(path.read_bytes() for path in files if path.exists())


def _versions() -> dict[str, str]:
    return {"reznet-load": __version__, "locust": version("locust"), "python": platform.python_version()}


def _short_secrets(settings: Settings) -> tuple[Caution, ...]:
    """Cautions for secrets shorter than the length searched for everywhere: they are masked only in their own field."""
    named = settings.headers | settings.cookies | {name: str(value) for name, value in settings.socket_auth.items()}
    given = [value for name, value in named.items() if is_secret_name(name)] + list(settings.passwords())
    if not any(0 < len(value) < SHORTEST for value in given):
        return ()
    text = (
        f"A header, cookie, auth value or password has fewer than {SHORTEST} characters: "
        "it is not masked where the backend repeats it."
    )
    return (Caution("short_secret", text, f"Use test credentials of {SHORTEST} characters or more."),)


def _models(settings: Settings, deployment: Deployment) -> tuple[str, ...]:
    """The providers and models behind the agents, because others answer at other speeds. () if they are not known."""
    return tuple(safe(f"{one.provider}={one.model}", 160) for one in backend(settings, deployment) or deployment.models)


def _standing(settings: Settings, deployment: Deployment) -> str:
    """Is the provider real? Only the user can say so."""
    if deployment.simulated or settings.backend_provider == FREE:
        return SIMULATED
    return REAL if settings.backend_provider else ""


def _facts(settings: Settings, deployment: Deployment) -> DeploymentFacts:
    secure = UNVERIFIED if settings.insecure else VERIFIED
    return DeploymentFacts(
        dialect=deployment.dialect,
        commit=deployment.commit,
        provider=deployment.provider,
        models=_models(settings, deployment),
        simulated=deployment.simulated,
        provider_is=_standing(settings, deployment),
        agents=tuple(safe(name, 80) for name in deployment.agents),
        options=mask_text(settings.target_options, settings.secrets()),
        compression=settings.compression,
        tls=secure if settings.host.startswith("https:") else "",
        moved=deployment.moved,
    )


def way_note(settings: Settings, environ: Mapping[str, str]) -> str:
    """Through which proxy the deployment was reached, or which of the environment were not used; "" if there are none."""
    if settings.proxy:
        return f"every call and socket to the deployment went through the proxy {mask_url(settings.proxy)} (CONNECT)"
    named = [name for name in environ if name.upper() in _AMBIENT_PROXIES and environ[name]]
    return f"{', '.join(sorted(named))} of the environment was not used for the deployment" if named else ""


def _notes(settings: Settings, facts: DeploymentFacts) -> dict[str, str]:
    notes = facts.notes()
    if way := way_note(settings, os.environ):
        notes["proxy"] = way
    if not facts.is_reznet:
        notes = {topic: text for topic, text in notes.items() if topic not in ("agents", "compression")}
        notes["backend"] = f"{facts.dialect}{', model ' + safe(settings.model, 120) if settings.model else ''}"
    if settings.arrivals.rate:
        notes["arrivals"] = settings.arrivals.text
    if settings.headers or settings.cookies or settings.socket_auth or settings.accounts:
        given = [n for n in ("headers", "cookies", "socket_auth", "accounts") if getattr(settings, n)]
        notes["credentials"] = f"{', '.join(given)} given, values masked"
    return notes

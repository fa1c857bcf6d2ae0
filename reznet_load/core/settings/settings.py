"""All choices for a run in one record; `core.options` fills it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from reznet_load.core.deployment import REZNET
from reznet_load.core.kinds import KINDS, shipped_mix
from reznet_load.core.probes import PROBES
from reznet_load.core.settings.arrivals import Arrivals
from reznet_load.core.settings.mix import parse_think
from reznet_load.core.text.secrets import remember, secrets_in, secrets_of_address

# A prepared run passes its settings to Locust and its workers in this variable, so that no secret shows in a process
# list.
ENVIRONMENT = "REZNET_LOAD_SETTINGS"
# a file to which the run folder's path is written: the parent process cleans up and reports
SUPERVISED = "REZNET_LOAD_HANDOFF"
COMMAND = "REZNET_LOAD_COMMAND"  # the command line as given, for the run's record
DOUBT = "REZNET_LOAD_LEFT_IN_DOUBT"  # what the clean-up before the run could not settle, for the run's record
KEYS = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}  # provider -> the variable that holds its key
PROVIDERS = tuple(KEYS)
SOCKET_PATH = "/socket.io/"  # where a RezNet has its Socket.IO server
BACKEND_KEY = "BACKEND_API_KEY"  # the variable that holds the key of any other backend


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds until a step counts as failed; the report shows each under its own name."""

    connect: float = 5.0
    handshake: float = 5.0
    request: float = 10.0
    pong: float = 5.0
    echo: float = 5.0
    first_token: float = 30.0
    gap: float = 10.0
    reply: float = 60.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Every option of a run.

    users, duration, ramp   None: the scenario's own
    mix                     users of each kind, as weights
    think                   think times in seconds by kind, in the order of its row in `core.kinds`
    dialect, path, model    of a backend that is not RezNet: its dialect (a name or a file), the path for questions, the
                            model
    backend_key             authenticates the caller to that backend
    provider_url            of the `reznet-load provider` behind the backend, if there is one
    """

    host: str = ""
    users: int | None = None
    duration: float | None = None
    ramp: float | None = None
    mix: dict[str, int] = field(default_factory=shipped_mix)
    think: dict[str, tuple[float, ...]] = field(default_factory=lambda: parse_think([]))
    arrivals: Arrivals = field(default_factory=Arrivals)
    timeouts: Timeouts = field(default_factory=Timeouts)
    dialect: str = ""
    path: str = ""
    model: str = ""
    backend_key: str = ""
    prompts: str = ""
    nfr: str = ""
    templates: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    socket_auth: dict[str, Any] = field(default_factory=dict)
    accounts: str = ""
    socket_path: str = SOCKET_PATH
    ca: str = ""
    cert: str = ""
    key: str = ""
    insecure: bool = False
    compression: bool = True
    proxy: str = ""
    allow_host: tuple[str, ...] = ()
    database_url: str = ""
    redis_url: str = ""
    pid: int = 0
    prometheus: str = ""
    metric: tuple[str, ...] = ()  # of that page, as `core.measured.page_metric` writes them
    metrics_port: int = 0  # 0: no port is opened
    metrics_host: str = "127.0.0.1"
    metrics_linger: float = 20.0  # s
    providers: dict[str, dict[str, str]] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    prices: str = ""
    max_cost: float | None = 1.0  # USD
    backend_provider: str = ""
    provider_url: str = ""
    probes: tuple[str, ...] = field(default_factory=lambda: tuple(PROBES))
    trace: str = ""
    reports: str = "reports"
    target: str = ""
    target_options: str = ""  # of the embedded target, as on its command line
    strict: bool = False
    stop_on_fail: bool = False
    live: bool = True  # a table on the terminal, where nothing else writes there while the run is on
    color: str = "auto"  # of the terminal while the run is on: auto, always, never
    # of a duel: probes ask at random moments, so that the two sides' probes do not stay in step all the time
    scattered: bool = False
    summary: bool = False  # into the job summary on GitHub: for runs that a user started

    @property
    def drives_reznet(self) -> bool:
        """Is RezNet AI driven, by name or by default?"""
        return self.dialect in ("", *REZNET)

    @property
    def watched_provider(self) -> str:
        """The address of our own provider that records what it did for users who left; "" without one or such users."""
        if not self.mix.get("impatient"):
            return ""
        simulated = (one["base_url"] for one in self.providers.values() if one.get("simulated"))
        return self.provider_url or next(simulated, "").removesuffix("/v1")

    def period(self, kind: str) -> float:
        """Seconds from one scheduled start of a user of `kind` to the next."""
        return sum(self.think[kind]) + KINDS[kind].answers

    def room(self, kind: str) -> float:
        """Seconds of that period that the answers of a round may take before its user is late for the next."""
        return max(0.0, KINDS[kind].answers or self.period(kind) - KINDS[kind].pause)

    def passwords(self) -> tuple[str, ...]:
        """The passwords in its addresses."""
        addresses = (self.host, self.database_url, self.redis_url, self.prometheus, self.proxy)
        return tuple(password for address in addresses for password in secrets_of_address(address))

    def secrets(self) -> tuple[str, ...]:
        """Every value that must never be written anywhere."""
        key = (self.backend_key,) if self.backend_key else ()
        return (*secrets_in(self.headers, self.cookies, self.socket_auth), *self.passwords(), *key)


def to_environment(settings: Settings) -> str:
    """The settings as text for the environment variable ENVIRONMENT."""
    return json.dumps(asdict(settings))


def from_environment(text: str | None) -> Settings:
    """Settings from the text of the environment variable ENVIRONMENT; the defaults if there is none."""
    if not text:
        return Settings()
    data = json.loads(text)
    data["think"] = {kind: tuple(seconds) for kind, seconds in data["think"].items()}
    data["arrivals"] = Arrivals(**data["arrivals"])
    data["timeouts"] = Timeouts(**data["timeouts"])
    for name in ("allow_host", "metric", "networks", "probes"):
        data[name] = tuple(data[name])
    settings = Settings(**data)
    remember(*settings.secrets(), *keys_in(os.environ))
    return settings


def keys_in(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of providers and backends and libpq's password, as far as the environment has them."""
    return tuple(value for name in (*KEYS.values(), BACKEND_KEY, "PGPASSWORD") if (value := environ.get(name, "")))

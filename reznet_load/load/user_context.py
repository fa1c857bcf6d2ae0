"""What users need from their process, in one record on Locust's environment: users know neither runner nor files."""

from __future__ import annotations

import random
import ssl
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from locust.env import Environment

from reznet_load.chat.prompts import Prompts
from reznet_load.chat.token_shape import TokenShapes
from reznet_load.core.phases.pairs import PairedSide
from reznet_load.core.settings.accounts import without_cookies
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.cookies.jar import LightCookieJar
from reznet_load.dialects.every import DEFAULT
from reznet_load.load.channels import ChannelClient, ChannelStore
from reznet_load.load.record import Recorder
from reznet_load.load.run_notice import RunNotice
from reznet_load.load.samples.trace import Trace
from reznet_load.load.sockets.reactor import Reactor
from reznet_load.load.sockets.session import Access
from reznet_load.load.workers.accounts import AccountPool

AFRESH = "reznet_afresh"  # from the master to workers: schedules are reset


@dataclass(slots=True)
class UserContext:
    """A process' share of a run.

    agents     named as the deployment does
    stopping   no new work may start
    folder     of the current or last run
    spent      no new turn may start: the cost limit was exceeded
    in_flight  agent turns that are open in this process
    afresh     number of times that schedules were reset: a step with another number of users does not catch up for the
               last
    notice     what a reader of the web UI must know in addition to the verdicts
    shapes     what is known of the tokens of a backend that streams over HTTP
    paired     in a duel, the pairs of this side's users; None in every other run
    """

    settings: Settings
    recorder: Recorder
    reactor: Reactor
    channels: ChannelStore | ChannelClient
    prompts: Prompts
    accounts: AccountPool
    tls: ssl.SSLContext
    trace: Trace
    dialect: Any = DEFAULT
    agents: tuple[str, ...] = ()
    stopping: bool = False
    spent: bool = False
    folder: Path | None = None
    in_flight: int = 0
    afresh: int = 0
    notice: RunNotice = field(default_factory=RunNotice)
    shapes: TokenShapes = field(default_factory=TokenShapes)
    paired: PairedSide | None = None
    random: random.Random = field(default_factory=random.Random)

    def adopt(
        self, settings: Settings, prompts: Prompts, accounts: tuple[dict[str, Any], ...], tls: ssl.SSLContext
    ) -> None:
        """In a worker that has joined: use the master's options."""
        self.settings = settings
        self.prompts = prompts
        self.accounts = AccountPool(accounts)
        self.tls = tls

    def retarget(self, host: str) -> None:
        """The web UI's form named another host: use it from now on, without the servers of the old one."""
        host = host.rstrip("/")
        if host and host != self.settings.host:
            self.settings = replace(
                self.settings, host=host, target="", target_options="", database_url="", redis_url="", provider_url=""
            )

    def access(self, account: dict[str, Any]) -> Access:
        """How a user with `account` reaches the deployment, with cookies of its own."""
        settings = self.settings
        headers, cookies = without_cookies(
            settings.headers | account.get("headers", {}), settings.cookies | account.get("cookies", {})
        )
        return Access(
            host=settings.host,
            socket_path=settings.socket_path,
            headers=headers,
            jar=LightCookieJar(cookies, settings.host),
            auth=self.dialect.auth(settings.backend_key) | settings.socket_auth | account.get("socket_auth", {}),
            tls=self.tls if settings.host.startswith("https:") else None,
            compression=settings.compression,
            proxy=settings.proxy,
            dialect=self.dialect,
        )


def shared_by(environment: Environment) -> UserContext:
    """The context of the users of this process, created by `load.scenario`."""
    return environment.reznet  # type: ignore[attr-defined]

"""A user that makes REST calls, with the time limits, proxy, certificates and cookies of the run."""

from __future__ import annotations

from locust import FastHttpUser
from locust.env import Environment

from reznet_load.load.rest.session import bind
from reznet_load.load.user_context import shared_by
from reznet_load.users.scheduled_user import ScheduledUser


class HttpUser(ScheduledUser, FastHttpUser):
    """A user with a `client` for REST calls."""

    abstract = True
    insecure = False  # Locust's default is True, and certificates would not be checked

    def __init__(self, environment: Environment) -> None:
        shared = shared_by(environment)
        self.connection_timeout = shared.settings.timeouts.connect
        self.network_timeout = shared.settings.timeouts.request
        self.insecure = shared.settings.insecure
        self.ssl_context_factory = (lambda **_: shared.tls) if shared.tls else None
        super().__init__(environment)
        bind(self.client, self.access)

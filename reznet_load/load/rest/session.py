"""How all REST calls of a generator are made: users' journeys and open arrivals use the same client, limits and proxy."""

from __future__ import annotations

from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook

from reznet_load.core.settings.settings import Settings
from reznet_load.load.rest.client import BoundedAgent
from reznet_load.load.sockets.session import Access


def bind(session: FastHttpSession, access: Access) -> None:
    """Make calls of `session` follow no redirect, obey limits on time and size, and share the jar of `access`."""
    session.cookiejar = access.jar
    session.client = BoundedAgent(
        access.proxy,
        cookiejar=access.jar,
        headers=access.headers,
        max_retries=0,
        **session.client.clientpool.client_args,
    )


def caller(settings: Settings, access: Access, answered: EventHook) -> FastHttpSession:
    """A session with its own connection, whose answers go to `answered` and not to Locust's event."""
    tls, timeouts = access.tls, settings.timeouts
    session = FastHttpSession(
        access.host,
        answered,
        None,
        insecure=settings.insecure,
        ssl_context_factory=(lambda **_: tls) if tls else None,
        connection_timeout=timeouts.connect,
        network_timeout=timeouts.request,
        concurrency=1,
    )
    bind(session, access)
    return session

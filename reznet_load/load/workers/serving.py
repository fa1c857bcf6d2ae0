"""A worker's side of a run: joins, begins when the master says so, sends what it measures, ends with its master."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment
from locust.runners import WorkerRunner

from reznet_load.chat.prompts import load as load_prompts
from reznet_load.chat.prompts import parse as parse_prompts
from reznet_load.core.settings.accounts import parse_accounts
from reznet_load.core.settings.backend_options import is_file
from reznet_load.core.settings.settings import Settings
from reznet_load.deployment.tls import tls_context
from reznet_load.dialects.every import spoken
from reznet_load.load.arrivals import OpenArrivals
from reznet_load.load.samples.shipping import Outbox
from reznet_load.load.user_context import AFRESH, UserContext
from reznet_load.load.workers.accounts import AccountPool
from reznet_load.load.workers.clocks import answer_clock
from reznet_load.load.workers.default_options import keep_default_options
from reznet_load.load.workers.joining import join_master
from reznet_load.load.workers.master_watch import watch_master
from reznet_load.load.workers.terms import Terms, adopted

BEGIN, SPENT = "reznet_begin", "reznet_spent"


def serve(
    runner: WorkerRunner, shared: UserContext, terms: Terms, wake: Callable[[], None], arrivals: OpenArrivals
) -> None:
    """Set up a worker; `wake` starts the measurement of the process itself."""
    outbox, begun = Outbox(runner, shared.recorder), Event()
    keep_default_options()
    hold_users(runner, begun)
    answer_clock(runner)

    def on_begin(environment: Environment, msg: Any, **_: Any) -> None:
        data = msg.data
        learn_deployment(shared, data)
        shared.retarget(data["host"])
        shared.stopping = False
        shared.spent = data["spent"]
        shared.afresh = data["afresh"]
        shared.recorder.operations.start()
        wake()
        arrivals.start(data["share"])
        begun.set()

    def on_spent(**_: Any) -> None:
        shared.spent = True

    def on_afresh(environment: Environment, msg: Any, **_: Any) -> None:
        shared.afresh = msg.data["number"]

    runner.register_message(BEGIN, on_begin)
    runner.register_message(SPENT, on_spent)
    runner.register_message(AFRESH, on_afresh)
    runner.environment.events.test_stop.add_listener(lambda **_: begun.clear())
    join_master(runner, terms, lambda master: adopt(runner, shared, terms, master))
    gevent.spawn(outbox.run)
    gevent.spawn(watch_master, runner)


def learn_deployment(shared: UserContext, data: Mapping[str, Any]) -> None:
    """Take over what the master found out about the deployment: its dialect, its moved paths, its agents, and the accounts."""
    own = shared.settings.dialect  # of a file: its place on this machine
    shared.dialect = spoken(own if is_file(own) else data["dialect"], shared.settings.path, data["moved"])
    shared.agents = tuple(data["agents"])
    shared.reactor.has_sockets = shared.dialect.has_socket
    shared.accounts = AccountPool(data["accounts"], shared.dialect.account_a_user)


def hold_users(runner: WorkerRunner, begun: Event) -> None:
    """Locust gives a worker users as soon as it is connected; delay them until the worker knows what they do."""
    start_worker = runner.start_worker

    def start_when_begun(user_classes_count: dict[str, int], **more: Any) -> None:
        begun.wait()
        start_worker(user_classes_count, **more)

    runner.start_worker = start_when_begun  # type: ignore[method-assign]


def adopt(runner: WorkerRunner, shared: UserContext, own: Terms, master: Terms) -> None:
    """Use the master's options, for all users of this process."""
    adopt_options(shared, own.chosen, master)
    runner.environment.host = shared.settings.host
    for user in runner.user_classes:
        user.host = shared.settings.host


def adopt_options(shared: UserContext, own: Settings, master: Terms) -> None:
    """Replace `own` by the master's options, with the files that they name."""
    settings, files = adopted(own, master), master.files
    prompts = parse_prompts(files["prompts"], "of the master") if "prompts" in files else load_prompts(None)
    accounts = parse_accounts(files["accounts"], "of the master") if "accounts" in files else ()
    shared.adopt(
        settings,
        prompts,
        accounts,
        tls_context(settings, files.get("ca", ""), files.get("cert", "") + files.get("key", "")),
    )

"""A duel with a master and workers. A worker drives both users of a pair, so that its lag affects both sides alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment
from locust.runners import WorkerRunner

from reznet_load.core.errors import ConfigError
from reznet_load.core.phases.pairs import PairedSide
from reznet_load.core.system.descriptors import check, needed
from reznet_load.load.arrivals import callers
from reznet_load.load.duel.side import DuelSide
from reznet_load.load.samples.shipping import Outbox
from reznet_load.load.workers.accounts import share_of
from reznet_load.load.workers.clocks import answer_clock
from reznet_load.load.workers.default_options import keep_default_options
from reznet_load.load.workers.joining import join_master
from reznet_load.load.workers.master_watch import watch_master
from reznet_load.load.workers.serving import BEGIN, SPENT, hold_users, learn_deployment
from reznet_load.load.workers.terms import Terms, from_data, terms_of, to_data
from reznet_load.load.workers.workers import Workers


class DuelWorkers(Workers):
    """The workers of a duel's master."""

    def begin_both(self, sides: Sequence[DuelSide], seed: str) -> None:
        """Send every worker the options and accounts of both sides. Raises ConfigError if a worker cannot take part."""
        if reason := self.membership.wait():
            raise ConfigError(reason)
        workers = self.membership.joined
        self._told = {}
        for side in sides:
            assert side.prepared is not None
            facts, mix = side.prepared.deployment, side.prepared.info.mix
            if (least := self.membership.least_descriptors) is not None:
                both = {kind: 2 * users for kind, users in mix.items()}
                check(needed(both, len(workers), 2 * callers(side.settings)), least, "each worker")
            begin = {
                "dialect": side.settings.dialect or facts.dialect,
                "moved": facts.moved,
                "agents": facts.agents,
                "share": 1 / len(workers),
                "terms": to_data(terms_of(side.settings, ())),
            }
            for number, worker in enumerate(workers):
                own = {"seed": f"{seed} {number}", "accounts": share_of(side.prepared.accounts, number, len(workers))}
                side.runner.send_message(BEGIN, begin | own, client_id=worker)


def serve_sides(runner: WorkerRunner, sides: Sequence[DuelSide], terms: Terms) -> None:
    """In a worker: send the samples of both sides to the master and follow its messages.

    The message BEGIN of each side brings the options of that side.
    """
    begun, waiting = Event(), {side.name for side in sides}
    keep_default_options()
    hold_users(runner, begun)
    answer_clock(runner)
    for number, side in enumerate(sides):
        _serve(side, number, waiting, begun)
    join_master(runner, terms, lambda _: None)
    gevent.spawn(watch_master, runner)


def _serve(side: DuelSide, number: int, waiting: set[str], begun: Event) -> None:
    shared, outbox = side.setup.shared, Outbox(side.runner, side.setup.shared.recorder)

    def on_begin(environment: Environment, msg: Any, **_: Any) -> None:
        data = msg.data
        side.adopt(from_data(data["terms"]))
        learn_deployment(shared, data)
        shared.paired = PairedSide(
            data["seed"], number
        )  # the seed contains the worker's number: no worker repeats another
        shared.recorder.operations.start()
        side.setup.wake()
        side.setup.arrivals.start(data["share"])
        waiting.discard(side.name)
        if not waiting:
            begun.set()

    def on_spent(**_: Any) -> None:
        shared.spent = True

    side.runner.register_message(BEGIN, on_begin)
    side.runner.register_message(SPENT, on_spent)
    gevent.spawn(outbox.run)

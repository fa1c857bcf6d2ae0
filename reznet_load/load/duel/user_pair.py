"""A pair of users that Locust sees as one user: both start together and both stop together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from gevent.pool import Group
from locust import User, task
from locust.env import Environment
from locust.exception import StopUser

from reznet_load.load.duel.side import DuelSide


class UserPair(User):
    """Two users of the same kind, each with the environment of its side. Locust counts pairs, not users."""

    abstract = True
    classes: ClassVar[tuple[type[User], ...]]
    sides: ClassVar[tuple[DuelSide, ...]]

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._two = [user(side.environment) for user, side in zip(self.classes, self.sides, strict=True)]
        self._greenlets = Group()

    @task
    def live(self) -> None:
        """Run both users until both have stopped. Locust's `run` may not be overridden, so this is the pair's only task."""
        for user in self._two:
            user.start(self._greenlets)
        self._greenlets.join()
        raise StopUser

    def on_stop(self) -> None:
        """Cut off the operations of both users, because Locust waits no longer."""
        self._greenlets.kill()

    def stop(self, force: bool = False) -> Any:
        """Ask both users to stop after their current round, or at once with `force`."""
        for user in self._two:
            if user.greenlet in self._greenlets:
                user.stop(force)
        return super().stop(force)


def pair_class(user: type[User], sides: Sequence[DuelSide]) -> type[UserPair]:
    """The class of pairs of `user`, with the weight of `user`."""
    facts = {
        "abstract": False,
        "classes": tuple(side.user_class(user) for side in sides),
        "sides": tuple(sides),
        "weight": user.weight,
    }
    return type(f"{user.__name__}Pair", (UserPair,), facts)

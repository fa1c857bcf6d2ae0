"""A pair of users as one user of Locust: both come, and both go, together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from gevent.pool import Group
from locust import User, task
from locust.env import Environment
from locust.exception import StopUser

from reznet_load.load.duel.side import DuelSide


class UserPair(User):
    """Of one kind; each of the two is an ordinary user with its side's environment. Locust counts pairs."""

    abstract = True
    classes: ClassVar[tuple[type[User], ...]]
    sides: ClassVar[tuple[DuelSide, ...]]

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._two = [user(side.environment) for user, side in zip(self.classes, self.sides, strict=True)]
        self._greenlets = Group()

    @task
    def live(self) -> None:
        """Until both have gone. Locust's `run` is final, so the pair lives in its only task."""
        for user in self._two:
            user.start(self._greenlets)
        self._greenlets.join()
        raise StopUser

    def on_stop(self) -> None:
        """Locust waits no longer: what is under way is cut off on both sides."""
        self._greenlets.kill()

    def stop(self, force: bool = False) -> Any:
        """Ask both to go after the round that they are in; `force`: now."""
        for user in self._two:
            if user.greenlet in self._greenlets:
                user.stop(force)
        return super().stop(force)


def pair_class(user: type[User], sides: Sequence[DuelSide]) -> type[UserPair]:
    """Pairs of the class `user`, with its weight."""
    facts = {
        "abstract": False,
        "classes": tuple(side.user_class(user) for side in sides),
        "sides": tuple(sides),
        "weight": user.weight,
    }
    return type(f"{user.__name__}Pair", (UserPair,), facts)

"""Test accounts of a process, and which of its users has which."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from reznet_load.core.text.secrets import remember, secrets_in

log = logging.getLogger(__name__)


class AccountPool:
    """Each account belongs to one user at a time as long as there are enough; then the least used are shared, in turn.

    exclusive   users must not share accounts: printed once if there are too few, for example after a raise in the web
                UI
    """

    def __init__(self, accounts: Sequence[Mapping[str, Any]] = (), exclusive: bool = False) -> None:
        self._accounts = [dict(account) for account in accounts]
        self._users = [0] * len(self._accounts)
        self._next = 0
        self._exclusive = exclusive
        for account in self._accounts:  # a worker did not read them from a file
            remember(*secrets_in({name: account.get(name) for name in ("headers", "cookies", "socket_auth")}))

    def __len__(self) -> int:
        return len(self._accounts)

    def take(self) -> dict[str, Any]:
        """The account for one user, until `give_back`; {} if there are none."""
        if not self._accounts:
            return {}
        size = len(self._accounts)
        chosen = min(range(size), key=lambda number: (self._users[number], (number - self._next) % size))
        if self._users[chosen] and self._exclusive:
            self._exclusive = False
            log.warning(
                "more users than accounts: from now on some users share an account and hear each other's replies"
            )
        self._users[chosen] += 1
        self._next = chosen + 1
        return self._accounts[chosen]

    def give_back(self, account: Mapping[str, Any]) -> None:
        """Its user has left."""
        for number, one in enumerate(self._accounts):
            if one is account:
                self._users[number] = max(0, self._users[number] - 1)


def share_of(accounts: Sequence[Mapping[str, Any]], number: int, workers: int) -> list[Mapping[str, Any]]:
    """The accounts of worker `number` of `workers`: its own, if there are enough for each to have one."""
    return list(accounts[number::workers] or accounts)
